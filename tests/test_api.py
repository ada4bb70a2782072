# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from PIL import Image

from tests.slimming.small import slim, slim_config, train_teacher
from tests.training.small import SETTINGS
from tfdpgan import DPGAN, api
from tfdpgan.config import ConfigError
from tfdpgan.data import load_dataset
from tfdpgan.run import RunDirectory, RunError

QUICK = dict(method="mean_embedding", architecture="fully_connected")


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


def test_labels_with_gaps_are_the_classes_that_there_are(digit_images, tmp_path):
    images, labels = digit_images
    some = (labels == 3) | (labels == 8)
    gan = DPGAN(tmp_path / "run", show_progress=False, **{**SETTINGS, **QUICK, "batch_size": 5})
    gan.fit(images[some], labels[some])
    assert gan.class_names == ("3", "8")
    assert gan.sample(4)[1].tolist() == [0, 1, 0, 1] and gan.sample(2, classes="8")[1].tolist() == [1, 1]


def test_a_folder_is_fitted_and_named_in_the_run(digit_images, tmp_path):
    images, labels = digit_images
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        folder = tmp_path / "photos" / ("odd" if label % 2 else "even")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{index}.png")
    gan = DPGAN(tmp_path / "run", show_progress=False, image_size=28, holdout=0.2, **{**SETTINGS, **QUICK})
    gan.fit(tmp_path / "photos")
    stored = RunDirectory(tmp_path / "run").read_config()["config"]
    assert (stored["dataset"], stored["data_dir"]) == ("folder", str(tmp_path / "photos"))
    assert gan.class_names == ("even", "odd") and gan.sample(2)[0].shape == (2, 28, 28, 1)
    assert "Frechet" in gan.report(num_images=40, measures="frechet_distance", extractors="pixels").table


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


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: DPGAN(10), "model_dir must be the path of a folder. Received: 10.*target_epsilon=10"),
        (lambda: DPGAN(target_epsilon="10"), "^target_epsilon must be a number"),
        (lambda: DPGAN(), "^Give noise_multiplier .* or target_epsilon"),
        (lambda: DPGAN(epsilon=3), "Did you mean target_epsilon"),
        (lambda: DPGAN(target_epsilon=3).plan(-5), "num_examples must be a whole number"),
        (lambda: DPGAN(target_epsilon=3).plan("many"), "num_examples must be a whole number"),
        (lambda: DPGAN(target_epsilon=3).fit(), "There are no images"),
        (lambda: DPGAN(target_epsilon=3).fit("no_such_folder"), "check data_dir"),
        (lambda: DPGAN(target_epsilon=3, data_dir="a").fit("b"), "Leave out one"),
        (lambda: DPGAN(target_epsilon=3, data_dir="a").fit(np.zeros((9, 28, 28), np.uint8)), "data_dir is for files"),
        (lambda: DPGAN(target_epsilon=3, holdout=100), "^holdout must be below 1"),
    ],
)
def test_mistakes_are_told_in_python_s_words(call, words):
    with pytest.raises(ValueError, match=words) as told:
        call()
    assert "--" not in str(told.value)


def test_a_plan_is_made_and_shown_before_there_are_images():
    plan = DPGAN(target_epsilon=5).plan(60000)
    assert 4.9 < plan.epsilon <= 5 and "epsilon = " in str(plan) and "<pre>Plan" in plan._repr_html_()
    assert "not trained yet" in DPGAN(target_epsilon=5)._repr_html_()


def test_classes_are_drawn_by_name_or_number(fitted):
    assert fitted.class_names == tuple("0123456789")
    assert (fitted.sample(5, labels=7)[1] == 7).all()
    assert fitted.sample(6, classes=["3", "8"])[1].tolist() == [3, 3, 3, 8, 8, 8]
    assert fitted.sample(2, classes="4")[1].tolist() == [4, 4]
    for wrong, words in [
        (dict(classes="cat"), "classes must be among: 0, 1"),
        (dict(classes=[]), "classes must be among"),
        (dict(classes="1", labels=1), "not both"),
        (dict(labels=1.5), "whole numbers"),
        (dict(labels=10), "from 0 to 9"),
    ]:
        with pytest.raises(ConfigError, match=words):
            fitted.sample(3, **wrong)
    with pytest.raises(ConfigError, match="whole number"):
        fitted.sample("ten")


def test_a_notebook_shows_plan_epsilon_samples_and_card(fitted):
    page = fitted._repr_html_()
    for words in ("epsilon = ", "data:image/png;base64", "<summary>Plan</summary>", "Privacy card", "dp_sgd"):
        assert words in page
    picture = fitted.plot_samples(num_columns=4)
    assert picture.mode == "L" and picture.height > picture.width >= 4 * 28
    assert np.asarray(fitted.plot_samples(num_columns=4)).tolist() == np.asarray(picture).tolist()
    assert fitted.plot_samples(2, classes="3").width > 0


def test_fitting_again_spends_nothing_and_says_so_and_other_images_are_refused(fitted, digit_images, caplog, tmp_path):
    images, labels = digit_images
    epsilon = fitted.epsilon
    with caplog.at_level("WARNING"):
        assert fitted.fit(images, labels).epsilon == epsilon
    assert "nothing was trained" in caplog.text
    with pytest.raises(RunError, match="finished with other images"):
        fitted.fit(images[:, ::-1], labels)
    with pytest.raises(RunError, match="holds a run"):
        fitted.fit(images, labels, resume=False)
    fitted.save(tmp_path / "copy")
    with caplog.at_level("WARNING"):
        DPGAN.load(str(tmp_path / "copy")).fit(images, labels)
    assert "with which images cannot be told here" in caplog.text
    assert fitted.epsilon == epsilon and fitted.sample(2)[0].shape == (2, 28, 28, 1)


def test_a_report_compares_with_images_that_were_not_trained_on(fitted):
    digits = load_dataset("digits")
    others = dict(test_images=digits.pixels[200:400], test_labels=digits.labels[200:400])
    quick = dict(num_images=60, measures="frechet_distance", extractors="pixels")
    report = fitted.report(**others, **quick)
    assert "Frechet distance (pixels)" in report.table and "<iframe" in report._repr_html_()
    with pytest.raises(ConfigError, match="holdout=0.1"):
        fitted.report(**quick)
    with pytest.raises(ValueError, match="training images of this run"):
        fitted.report(digits.pixels[:100], digits.labels[:100], **quick)


def test_changed_weights_are_noticed(fitted, tmp_path):
    fitted.save(tmp_path / "run")
    weights = tmp_path / "run/released/generator/generator.weights.h5"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ConfigError, match="checksum"):
        api.load_generator(str(tmp_path / "run"))


def test_result_is_plain_data(fitted):
    assert set(dataclasses.asdict(fitted._result)) == {"model_dir", "epsilon", "delta", "steps"}
