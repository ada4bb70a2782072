# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A method that nobody has reviewed: here one that reads every image, adds noise of its own, and books nothing."""

import json

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.slimming.small import slim, slim_config
from tests.training.small import small_config, small_dataset
from tfdpgan import api
from tfdpgan.data.facts import DataFacts
from tfdpgan.export import metadata
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.generation.provenance import provenance_of
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.planning import make_plan
from tfdpgan.models import ModelConfig
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.training.networks import Networks, image_shape
from tfdpgan.training.phase import PhasePlan
from tfdpgan.training.plan import Plan
from tfdpgan.training.session import Session

NAME = "method home_made"


class HomeMadePhase:
    """Draws the generator's images towards the mean image, with a little tf.random.normal on it."""

    name = "home_made"
    num_steps = 3
    stage = reads = None

    def __init__(self, dataset, networks):
        self._mean = dataset.images.mean(axis=0)
        self._networks = networks
        self._optimizer = keras.optimizers.SGD(0.1)
        self.sampled = networks.averaged.model
        self.trackables = networks.of_generator

    def prepare(self, ledger, step):
        pass

    def step(self, step):
        noisy = self._mean + tf.random.normal(self._mean.shape, stddev=0.1)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self._networks.generator(self._networks.draw_inputs(8), training=True) - noisy) ** 2)
        variables = self._networks.generator.trainable_variables
        self._networks.apply_to_generator(self._optimizer, tape.gradient(loss, variables))
        return {"loss": float(loss)}


class HomeMade:
    """A recipe outside METHODS, as a researcher would write it around a phase of theirs."""

    parent = None
    unreviewed = [NAME]
    withheld = {"discriminator": "it has none"}

    def __init__(self, config, dataset, run_dir):
        self._config, self._dataset, self._run_dir = config, dataset, run_dir
        self.networks = Networks(image_shape(dataset), config)
        self.phases = [PhasePlan("home_made", lambda: HomeMadePhase(dataset, self.networks))]

    def note_accesses(self, ledger):
        pass

    def callbacks(self, ledger):
        return []

    def card_facts(self):
        return {"clip_generated": None}

    def release(self, ledger):
        model_config = ModelConfig(
            architecture=self._config.architecture,
            latent_dim=self._config.latent_dim,
            generator_width=self._config.generator_width,
        )
        shape, names = image_shape(self._dataset), self._dataset.class_names
        provenance = provenance_of(self._dataset, ledger, self._config)
        with self._run_dir.replacing_folder(self._run_dir.generator) as folder:
            ReleasedGenerator(self.networks.averaged.model, shape, model_config, names, provenance).save(folder)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, digit_images):
    """A finished run of it."""
    folder = tmp_path_factory.mktemp("unreviewed") / "run"
    dataset = small_dataset(digit_images)
    config = small_config(folder, architecture="fully_connected", warm_start_steps=0)
    config = make_plan(config, dataset.num_examples).config
    plan = Plan(config, dataset.num_examples, 0.0, (), 0.0)
    Session(plan, dataset, lambda run: HomeMade(config, dataset, run)).complete(show_progress=False)
    return RunDirectory(folder)


@pytest.fixture(scope="module")
def slim_dir(run_dir):
    """What slimming made of it."""
    folder = run_dir.path.parent / "slim"
    slim(slim_config(run_dir.path, folder, pruning_steps=2, recovery_steps=1, distillation_images=20, gan_weight=0.0))
    return RunDirectory(folder)


@pytest.fixture(params=["run_dir", "slim_dir"])
def run(request):
    """The run itself, and the one that descends from it."""
    return request.getfixturevalue(request.param)


def says_so(card):
    """Whether a card as JSON claims nothing for itself."""
    statement = card["statement"]
    return (
        card["is_private"] is False
        and statement.startswith("NOT REVIEWED: epsilon = 0 ")
        and f"as claimed by {NAME}" in statement
        and f"Not reviewed: {NAME}." in card["red_flags"]
        and not card["meaning"]
        and "protects every single image" not in json.dumps(card)
    )


def test_card_and_ledger_name_it(run):
    assert says_so(json.loads(run.card_json.read_text()))
    page = run.card.read_text()
    assert "NOT REVIEWED" in page and f"as claimed by {NAME}" in page and "protects every single image" not in page
    assert Ledger.open(run.ledger).unreviewed() == [NAME]


def test_the_generator_and_its_images_are_not_called_private(run, tmp_path):
    assert api.load_generator(str(run.path)).provenance["is_private"] is False
    api.generate(str(run.path), 4, str(tmp_path / "images.npz"))
    with np.load(tmp_path / "images.npz") as file:
        (mark,) = [json.loads(str(file[name])) for name in file.files if str(file[name]).startswith("{")]
    assert mark["is_private"] is False


def test_the_file_for_phones_carries_the_card_that_says_so(run, tmp_path):
    (row,) = api.export_tflite(ExportConfig(str(run.path), "float32", output_dir=str(tmp_path), min_psnr=0.0)).content
    assert says_so(metadata.read_cards(row["path"]).privacy)
    assert api.load_generator(row["path"]).provenance["is_private"] is False


def test_on_data_declared_public_there_is_nothing_to_review(tmp_path, digit_images):
    """No private image is read, so that no promise is made that somebody would have to check."""
    dataset = small_dataset(digit_images)
    dataset.__dict__["is_public"] = True
    config = small_config(
        tmp_path / "run", architecture="fully_connected", warm_start_steps=0, public_data=True, noise_multiplier=None
    )
    plan = make_plan(config, dataset.num_examples)
    assert plan.stages == () and DataFacts.of(dataset).is_public
    Session(plan, dataset, lambda run: HomeMade(plan.config, dataset, run)).complete(show_progress=False)
    card = json.loads((tmp_path / "run/privacy_card.json").read_text())
    assert card["statement"].startswith("No private image was used") and "NOT REVIEWED" not in card["statement"]
