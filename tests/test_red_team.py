# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Attacks on the guarantee that no single module's tests cover. docs/pitfalls.md has the whole list."""

import ast
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from tests.training.small import small_config
from tfdpgan import api, data, models
from tfdpgan.methods.dpgan.phase import GANPhase
from tfdpgan.methods.planning import make_plan
from tfdpgan.models import ModelConfig
from tfdpgan.privacy.optimizers.dp_optimizer import GeneratedPart
from tfdpgan.training.networks import Networks, image_shape

ROOT = Path(__file__).parents[1]
DIGITS = tuple("0123456789")


def phase_on(images, labels, **settings) -> tuple[GANPhase, Networks]:
    """A private phase on these images, about to take its first step."""
    dataset = data.dataset_from_arrays(images, labels, DIGITS)
    plan = make_plan(small_config("unused", warm_start_steps=0, **settings), dataset.num_examples)
    networks = Networks(image_shape(dataset), plan.config)
    phase = GANPhase("dp_sgd", plan.config, dataset, networks, plan.stages[-1])
    phase.prepare(None, 0)
    return phase, networks


def weights_of(model) -> list[np.ndarray]:
    return [weight.numpy() for weight in model.weights]


def test_labels_of_generated_images_do_not_follow_the_data(digit_images):
    """Data of one class only, and of all: the labels of the generated images are the same, uniform ones."""
    images, labels = digit_images
    drawn = []
    for data_labels in (labels, np.full_like(labels, 3)):
        phase, networks = phase_on(images, data_labels, num_generated=64, discriminator_steps=1)
        for step in range(2):
            phase.step(step)
        drawn.append(phase._pool_labels.numpy())
    np.testing.assert_array_equal(*drawn)
    assert len(set(drawn[1])) > 5


def test_the_discriminators_step_leaves_the_generator_and_its_average_alone(digit_images):
    """No running statistic of the generator, and no moving average, is fed with a real image."""
    phase, networks = phase_on(*digit_images, discriminator_steps=100)
    before = [weights_of(networks.generator), weights_of(networks.averaged.model)]
    start = weights_of(networks.discriminator)
    phase.step(0)
    assert any(np.any(one != other) for one, other in zip(start, weights_of(networks.discriminator), strict=True))
    for old, new in zip(before, [weights_of(networks.generator), weights_of(networks.averaged.model)], strict=True):
        for one, other in zip(old, new, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "architecture", [name for name, row in models.ARCHITECTURES.items() if row.private_discriminator]
)
@pytest.mark.parametrize("norm", ["none", "group", "layer"])
def test_no_discriminator_keeps_a_state_besides_what_is_noised(architecture, norm):
    config = ModelConfig(architecture=architecture, discriminator_width=4, discriminator_norm=norm)
    shape = models.ARCHITECTURES[architecture].example_shape
    assert models.build_discriminator(shape, config).non_trainable_variables == []


def test_generated_images_cannot_drown_the_real_ones(digit_images):
    """By default their part of the step is an average of vectors of norm at most the clip."""
    norms = {}
    for clip_generated in (True, False):
        phase, networks = phase_on(*digit_images, loss="bce", l2_norm_clip=0.01, clip_generated=clip_generated)
        part = GeneratedPart(phase._generated_loss, (phase._pool_images.value(), phase._pool_labels.value()))
        clip = phase._update.optimizer.l2_norm_clip if phase._update.optimizer.clip_generated else None
        gradients = part.mean_gradients(networks.discriminator, clip, "auto")
        norms[clip_generated] = np.sqrt(sum(float(np.sum(np.square(gradient))) for gradient in gradients))
    assert norms[True] <= 0.01 * (1 + 1e-5) < norms[False]


def test_the_mean_embedding_is_released_once(tmp_path, digit_images):
    """Going on with a run that has its release takes no second one, which would be a second access."""
    images, labels = digit_images
    dataset = data.dataset_from_arrays(images, labels, DIGITS)
    config = small_config(tmp_path / "run", method="mean_embedding")
    releases = []
    for _ in range(2):
        api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
        releases.append((tmp_path / "run/private/checkpoints/mean_embedding/release.npy").read_bytes())
    assert releases[0] == releases[1]
    ledger = json.loads((tmp_path / "run/ledger.json").read_text())
    assert ledger["stages"]["mean_embedding"]["booked_steps"] == 1


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory, digit_images):
    """The folders of two runs that differ in their images alone, in every one of them."""
    images, labels = digit_images
    folder, runs = tmp_path_factory.mktemp("two_runs"), []
    start = os.getcwd()
    for name, pixels in (("plain", images), ("negative", 255 - images)):
        (folder / name).mkdir()
        os.chdir(folder / name)  # so that both have the same --model_dir
        try:
            dataset = data.dataset_from_arrays(pixels, labels, DIGITS)
            plan = make_plan(small_config("run", steps=6), dataset.num_examples)
            api.train(plan, dataset, show_progress=False)
        finally:
            os.chdir(start)
        runs.append((folder / name / "run", dataset))
    return runs


@pytest.mark.parametrize("name", ["privacy_card.md", "privacy_card.json", "ledger.json", "config.json"])
def test_card_ledger_and_config_are_the_same_whatever_the_images(two_runs, name):
    """But for the names of the two runs, which the operating system drew, and the checksums that cover them."""
    texts = []
    for run, _ in two_runs:
        ledger = json.loads((run / "ledger.json").read_text())
        seal = json.loads((run / "privacy_card.json").read_text())["ledger"]
        text = (run / name).read_text()
        for drawn in (ledger["run_id"], ledger["checksum"], ledger["history"], seal["checksum"]):
            text = text.replace(drawn, "drawn")
        texts.append(text)
    assert texts[0] == texts[1]


def holds_an_image(folder: Path, dataset) -> bool:
    """Whether a file holds a training image as 8-bit pixels or as the numbers that the networks are fed."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    images = [image.tobytes() for image in (*dataset.pixels, *dataset.batch(np.arange(dataset.num_examples)))]
    return any(image in content for content in files for image in images)


def test_no_file_of_a_run_holds_a_private_image(two_runs, tmp_path):
    for run, dataset in two_runs:
        assert list((run / "private/checkpoints").rglob("checkpoint"))
        assert not holds_an_image(run, dataset)
        np.save(tmp_path / "buffer.npy", dataset.batch(np.array([7, 3])))
        assert holds_an_image(tmp_path, dataset)


NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PAGE = (ROOT / "docs" / "pitfalls.md").read_text()


def names_of_tests(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_test_named_in_the_page_of_pitfalls_exists():
    named = NAMED_TEST.findall(PAGE)
    assert len(named) == PAGE.count("::test_") > 20
    missing = [f"{path}::{name}" for path, name in named if name not in names_of_tests(ROOT / path)]
    assert not missing


def test_every_pitfall_says_attack_defence_and_test():
    sections = PAGE.split("\n## ")[1:]
    assert len(sections) >= 20
    for section in sections:
        assert len(re.findall(r"^\*\*(?:Attack|Here|Shown by)\.\*\* ", section, re.M)) == 3, section
        assert NAMED_TEST.search(section.split("**Shown by.**")[1]), section


def test_every_attack_of_this_file_is_in_the_page():
    here = {name for name in names_of_tests(Path(__file__)) if name.startswith("test_") and "pitfall" not in name}
    here -= {"test_every_attack_of_this_file_is_in_the_page"}
    assert here <= {name for _, name in NAMED_TEST.findall(PAGE)}
