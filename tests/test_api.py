# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from tests.slimming.small import slim, slim_config, train_teacher
from tests.training.small import SETTINGS
from tfdpgan import DPGAN, api
from tfdpgan.config import ConfigError
from tfdpgan.run import RunDirectory, RunError


@pytest.fixture(scope="module")
def fitted(digit_images):
    images, labels = digit_images
    return DPGAN(show_progress=False, **SETTINGS).fit(images, labels)


def test_fit_sample_save_load(fitted, tmp_path):
    images, labels = fitted.sample(25, seed=3)
    assert images.shape == (25, 28, 28, 1) and images.dtype == np.uint8
    assert sorted(set(labels)) == list(range(10))
    fitted.save(tmp_path / "kept")
    again = DPGAN.load(str(tmp_path / "kept"))
    np.testing.assert_array_equal(again.sample(25, seed=3)[0], images)
    assert again.epsilon == fitted.epsilon > 0
    assert again.privacy_card == fitted.privacy_card
    with pytest.raises(RunError, match="exists"):
        fitted.save(tmp_path / "kept")


def test_a_saved_copy_has_nothing_private_and_no_times(fitted, tmp_path):
    fitted.save(tmp_path / "kept")
    made = RunDirectory(fitted._result.model_dir)
    assert made.times.exists() and not (tmp_path / "kept/private").exists()
    for path in made.samples.iterdir():
        assert (tmp_path / "kept/samples" / path.name).stat().st_mtime > path.stat().st_mtime


def test_a_slim_run_is_loaded_shown_sampled_and_saved(tmp_path, digit_images):
    train_teacher(tmp_path / "teacher", digit_images)
    slim(slim_config(tmp_path / "teacher", tmp_path / "slim"))
    gan = DPGAN.load(str(tmp_path / "slim"))
    assert gan.epsilon == DPGAN.load(str(tmp_path / "teacher")).epsilon > 0
    assert "differential privacy" in gan.privacy_card and gan.sample(3)[0].shape == (3, 28, 28, 1)
    gan.save(tmp_path / "copy")
    assert DPGAN.load(str(tmp_path / "copy")).epsilon == gan.epsilon
    with pytest.raises(ConfigError, match="slimmed"):
        gan.fit(*digit_images)


def test_samples_of_one_class_and_fresh_each_time(fitted):
    _, labels = fitted.sample(5, labels=np.full(5, 7))
    assert (labels == 7).all()
    assert (fitted.sample(5)[0] != fitted.sample(5)[0]).any()


def test_unlabelled_arrays(digit_images):
    gan = DPGAN(show_progress=False, **{**SETTINGS, "architecture": "dcgan2020"}).fit(digit_images[0])
    images, labels = gan.sample(3)
    assert images.shape == (3, 28, 28, 1) and labels is None


@pytest.mark.parametrize("labels", [[0, 10], [-1, 0], [0]])
def test_labels_that_do_not_exist_are_refused(fitted, labels):
    with pytest.raises(ConfigError, match="Labels must be 2 integers from 0 to 9"):
        fitted.sample(2, labels=np.array(labels))


def test_before_fit_there_is_nothing(tmp_path):
    gan = DPGAN(noise_multiplier=1.0)
    for call in (lambda: gan.sample(1), lambda: gan.epsilon, lambda: gan.save(tmp_path / "x")):
        with pytest.raises(ConfigError, match="fit"):
            call()
    with pytest.raises(RunError, match="no run"):
        DPGAN.load(str(tmp_path))


def test_unknown_settings_are_named():
    with pytest.raises(ConfigError, match="noise_multiplyer"):
        DPGAN(noise_multiplyer=1.0)


def test_changed_weights_are_noticed(fitted, tmp_path):
    fitted.save(tmp_path / "run")
    weights = tmp_path / "run/released/generator/generator.weights.h5"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ConfigError, match="checksum"):
        api.load_generator(str(tmp_path / "run"))


def test_result_is_plain_data(fitted):
    assert set(dataclasses.asdict(fitted._result)) == {"model_dir", "epsilon", "delta", "steps"}
