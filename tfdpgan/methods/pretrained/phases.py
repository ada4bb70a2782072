# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The start from another run: no step, only weights. They are read anew when a run is resumed, and must be the same."""

from __future__ import annotations

from typing import Any

from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.fingerprints import Fingerprints
from tfdpgan.files.checksum import file_checksum
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.released_classifier import ReleasedClassifier
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.methods.pretrained.ancestor import Ancestor
from tfdpgan.models.classifiers import hidden_features
from tfdpgan.models.start import require_same_form
from tfdpgan.run import RunError
from tfdpgan.training.phase import PhasePlan


def phases(training: GeneratorTraining) -> list[PhasePlan]:
    """None: sets the networks of the training, and says where they come from.

    Raises:
        ValueError: as `Ancestor.open`; also for networks of another form, images that the public run was trained on, or
            a run that began from other weights.
    """
    config, networks, ancestor = training.config, training.networks, Ancestor.open(training.config)
    if ancestor.is_public:
        _refuse_its_images(ancestor, training.dataset)
    generator = ReleasedGenerator.load(ancestor.run_dir.generator)
    require_same_form(networks.shape, config, generator.shape, generator.config, f"--pretrained={config.pretrained}")
    classifier = ReleasedClassifier.load(ancestor.run_dir.auxiliary_classifier) if ancestor.has_classifier else None
    parent = {
        "model_dir": config.pretrained,
        "run_id": ancestor.ledger.to_json()["run_id"],
        "is_public": ancestor.is_public,
        "licence": config.pretrained_licence,
        "weights_sha256": [file_checksum(path) for path in _weights(ancestor)],
    }
    if training.run_dir.exists and (training.run_dir.read_config()["parent"] or {}) != parent:
        raise RunError(
            f"{training.run_dir.path} began from other weights than those of --pretrained={config.pretrained} now. "
            "Restore that run from a copy, or train anew in another --model_dir."
        )
    networks.start_from(generator.model)
    if classifier is not None:
        networks.features = hidden_features(classifier.model)
        training.pretrained_classifier = classifier.model
    training.descend_from(parent, ancestor.note, _card_facts(ancestor))
    return []


def _card_facts(ancestor: Ancestor) -> dict[str, Any]:
    """The run's name, and that nobody but its owner says that it is public."""
    if not ancestor.is_public:
        return {}
    not_covered = (
        f"the images that run {ancestor.name} was trained on: that they are public is a statement, not a proof",
        "whether any image is one of these: such a training is refused, on the screen",
    )
    return {"ancestors": (ancestor.name,), "accesses_not_covered": not_covered}


def _weights(ancestor: Ancestor) -> list[Any]:
    folders = [ancestor.run_dir.generator, *([ancestor.run_dir.auxiliary_classifier] * ancestor.has_classifier)]
    return [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in (".h5", ".keras")]


def _refuse_its_images(ancestor: Ancestor, dataset: Dataset) -> None:
    """Private images that a public run was trained on are not public, or not private: the guarantee would be void."""
    if dataset.is_public:
        return
    known = Fingerprints.load(ancestor.run_dir.private) or Fingerprints.load(ancestor.run_dir.private, is_public=True)
    if known is None:
        data = ancestor.run_dir.read_config()["data"]
        if (data["name"], data["num_examples"]) == (dataset.name, dataset.num_examples):
            raise ConfigError(
                f"{ancestor.run_dir.path} was trained on data of the same name and number, {dataset.name}, and came "
                "without the fingerprints by which its images could be told from these. Start from a run on other data."
            )
        return
    count = int(known.contain(dataset.pixels).sum())
    if count:
        raise ConfigError(
            f"{count} of the {dataset.num_examples} images are among those that --pretrained={ancestor.run_dir.path} "
            "was trained on, so they are not private, or that run is not public. Start from a run on other images."
        )
