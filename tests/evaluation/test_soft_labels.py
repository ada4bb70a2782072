# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Soft labels: read from a file, learned from, and shown beside hard ones."""

import dataclasses

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.config import ConfigError
from tfdpgan.evaluation import classifiers, evaluation
from tfdpgan.evaluation.evaluated_images import EvaluatedImages, read_images
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.generation.image_writers import save_images
from tfdpgan.generation.output import OutputError

NAMES = tuple("0123456789")


@pytest.fixture(scope="module")
def digits():
    return data.load_dataset("digits", holdout=0.39)


def softened(labels):
    return (0.7 * np.eye(10)[labels] + 0.03).astype(np.float32)


def test_gen2real_is_shown_from_both_and_says_which(digits):
    right = digits.labels[:300]
    wrong = np.roll(right, 1)  # so that only the soft ones can teach anything
    images = EvaluatedImages(digits.pixels[:300], wrong, "x", {}, softened(right))
    config = EvaluateConfig(images="x.npz", dataset="digits", measures="gen2real", classifiers="logistic")
    content = evaluation.run(evaluation.prepare(config, digits, images), show_progress=False)
    hard, soft = content["measures"]
    assert hard["measure"] == "gen2real_logistic" and "logistic, hard labels" in hard["name"]
    assert soft["measure"] == "gen2real_logistic_soft_labels" and "logistic, soft labels" in soft["name"]
    assert hard["value"] < 0.4 and soft["value"] > 0.8 and content["images"]["soft_labels"]
    plain = dataclasses.replace(images, soft_labels=None)
    (row,) = evaluation.run(evaluation.prepare(config, digits, plain), show_progress=False)["measures"]
    assert row["name"].endswith("(logistic)") and row["value"] == hard["value"]


@pytest.mark.parametrize("name", ["mlp", pytest.param("cnn", marks=pytest.mark.slow)])
def test_networks_learn_from_soft_labels(digits, name):
    images, labels = digits.pixels[:400], digits.labels[:400]
    fitted = classifiers.fit(name, images, labels, 10, 0, softened(labels))
    assert np.mean(fitted.predict(digits.pixels[400:]) == digits.labels[400:]) > 0.7


def test_what_generate_writes_is_read_back_by_the_references_classes(tmp_path, digits):
    soft = softened(digits.labels[:30])
    save_images(tmp_path / "x.npz", digits.pixels[:30], digits.labels[:30], NAMES, soft_labels=soft)
    found = read_images(str(tmp_path / "x.npz"), digits, 100)
    np.testing.assert_array_equal(found.soft_labels, soft)
    turned = np.argsort(np.random.default_rng(0).permutation(10))
    names = tuple(NAMES[place] for place in turned)
    labels = np.argsort(turned)[digits.labels[:30]]
    save_images(tmp_path / "y.npz", digits.pixels[:30], labels, names, soft_labels=soft[:, turned])
    found = read_images(str(tmp_path / "y.npz"), digits, 100)
    np.testing.assert_array_equal(found.labels, digits.labels[:30])
    np.testing.assert_allclose(found.soft_labels, soft)


def test_a_folder_that_generate_wrote_is_read_back_with_its_table(tmp_path, digits):
    few = np.flatnonzero(digits.labels != 3)[:40]  # of one class there is no image and no folder
    names = tuple(f"class {name}" for name in reversed(NAMES))
    real = dataclasses.replace(digits, class_names=tuple(f"class {name}" for name in NAMES))
    soft = softened(digits.labels)[few]
    save_images(tmp_path / "x", digits.pixels[few], 9 - digits.labels[few], names, soft_labels=soft[:, ::-1])
    found = read_images(str(tmp_path / "x"), real, 100)
    np.testing.assert_allclose(found.soft_labels.argmax(axis=1), found.labels)
    assert sorted(map(tuple, found.soft_labels)) == sorted(map(tuple, soft))


@pytest.mark.parametrize("damage", ["a row less", "no number", "twice the probability", "nothing"])
def test_a_table_that_does_not_fit_its_folder_is_refused_in_one_line(tmp_path, digits, damage):
    soft = softened(digits.labels[:30])
    save_images(tmp_path / "x", digits.pixels[:30], digits.labels[:30], NAMES, soft_labels=soft)
    table = tmp_path / "x" / "soft_labels.csv"
    lines = table.read_text().splitlines()
    damaged = {
        "a row less": lines[:-1],
        "no number": [*lines[:-1], lines[-1].replace("0.", "x")],
        "twice the probability": [*lines[:-1], lines[-1].replace("0.03", "0.3")],
        "nothing": [],
    }[damage]
    table.write_text("\n".join(damaged))
    with pytest.raises(ConfigError, match="soft_labels.csv") as caught:
        read_images(str(tmp_path / "x"), digits, 100)
    assert "\n" not in str(caught.value)


def test_soft_labels_that_are_no_probabilities_are_refused(tmp_path, digits):
    soft = softened(digits.labels[:30])
    for wrong in (soft * 2, soft - 0.1, soft[:, :9], soft.astype(int), np.full_like(soft, np.nan)):
        with pytest.raises(OutputError, match="Soft labels must be"):
            save_images(tmp_path / "x.npz", digits.pixels[:30], digits.labels[:30], NAMES, soft_labels=wrong)
    with pytest.raises(OutputError, match="none without labels"):
        save_images(tmp_path / "x.npz", digits.pixels[:30], soft_labels=soft)
    np.savez(tmp_path / "z.npz", images=digits.pixels[:30], labels=digits.labels[:30], soft_labels=soft * 2)
    with pytest.raises(ConfigError, match="must be probabilities of shape"):
        read_images(str(tmp_path / "z.npz"), digits, 100)
