# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Training images under another path are known by what they are, and what was computed of them stays in private/."""

import base64
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.small import small_config
from tfdpgan import api, data
from tfdpgan.data.fingerprints import Fingerprints
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.methods.planning import make_plan
from tfdpgan.run import RunDirectory

NAMES = np.array(list("0123456789"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run on 300 digits, and 200 others for its test split."""
    digits = data.load_dataset("digits")
    images, labels = digits.pixels[:500], digits.labels[:500]
    folder = tmp_path_factory.mktemp("training_images")
    write(folder / "mine.npz", (images[:300], labels[:300]), (images[300:], labels[300:]))
    own = dict(dataset="npz", data_dir=str(folder / "mine.npz"), architecture="fully_connected")
    config = small_config(folder / "run", **own)
    dataset = api.load_data(config)
    api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    return folder


def write(path, train, test):
    np.savez(path, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1], class_names=NAMES)


def evaluate(folder, **changes):
    settings = dict(
        model_dir=str(folder / "run"),
        num_images=60,
        measures="frechet_distance,gen2real",
        extractors="pixels",
        classifiers="logistic",
        statistics_dir=str(folder / "statistics"),
        output_dir=str(folder / "out"),
    )
    return api.evaluate(EvaluateConfig(**{**settings, **changes}), show_progress=False)


def arrays(folder):
    with np.load(folder / "mine.npz") as archive:
        return {name: archive[name] for name in archive.files}


def test_the_runs_own_test_split_is_compared_and_read(folder):
    content = evaluate(folder).content
    assert content["training_images"] == {"compared": True, "left_out_of_test_images": 0}
    assert not any(row["reads_private_training_images"] for row in content["measures"])


def test_a_copy_whose_test_split_are_training_images_is_refused(folder):
    """A hundred of them gave figures that claimed to have read none."""
    mine = arrays(folder)
    write(folder / "copy.npz", (mine["x_test"], mine["y_test"]), (mine["x_train"][:100], mine["y_train"][:100]))
    for changes in ({}, {"allow_private_reference": True}, {"public_data": True}):
        with pytest.raises(ValueError, match="100 of 100 test images of copy are training images of this run"):
            evaluate(folder, data_dir=str(folder / "copy.npz"), **changes)
    as_floats = mine["x_train"][:100] / np.float32(255.0)
    write(folder / "floats.npz", (mine["x_test"] / 255.0, mine["y_test"]), (as_floats, mine["y_train"][:100]))
    with pytest.raises(ValueError, match="100 of 100 test images"):
        evaluate(folder, data_dir=str(folder / "floats.npz"), value_range="0,1")


def test_private_images_are_not_made_public_by_another_path(folder):
    mine = arrays(folder)
    write(folder / "public.npz", (mine["x_train"], mine["y_train"]), (mine["x_test"], mine["y_test"]))
    with pytest.raises(ValueError, match="300 images of public are private training images"):
        evaluate(folder, data_dir=str(folder / "public.npz"), public_data=True, reference="train")


def test_a_few_copies_in_an_honest_test_split_are_left_out_and_counted(folder):
    mine = arrays(folder)
    test = np.concatenate([mine["x_test"], mine["x_train"][:4]]), np.concatenate([mine["y_test"], mine["y_train"][:4]])
    write(folder / "some.npz", (mine["x_train"], mine["y_train"]), test)
    content = evaluate(folder, data_dir=str(folder / "some.npz")).content
    assert content["training_images"] == {"compared": True, "left_out_of_test_images": 4}
    assert content["dataset"]["num_reference"] == 200


def test_where_nothing_can_be_compared_it_says_so(folder, tmp_path):
    shutil.copytree(folder / "run", tmp_path / "run", ignore=shutil.ignore_patterns("private"))
    shutil.copy(folder / "mine.npz", tmp_path)
    report = evaluate(tmp_path, data_dir=str(tmp_path / "mine.npz"))
    content, paths = report.content, report.paths
    assert content["training_images"]["compared"] is False
    page = Path(next(path for path in paths if path.endswith(".html"))).read_text()
    assert "could not be compared with the training images" in page


def test_fingerprints_tell_nothing_without_their_key_and_find_an_image_again(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 1), np.uint8)
    one, other = Fingerprints.of(images[:40]), Fingerprints.of(images[:40])
    assert not one._hashes & other._hashes
    one.save(tmp_path)
    again = Fingerprints.load(tmp_path)
    assert again.contain(images).tolist() == [True] * 40 + [False] * 10
    assert again.contain(images[:2].astype(np.float32) / 127.5 - 1.0).all()


def pictures_of(path):
    """The pixels of every picture in a file: a PNG, or a page with data URLs."""
    content = path.read_bytes()
    found = (
        [content]
        if path.suffix == ".png"
        else [base64.b64decode(url) for url in re.findall(rb"data:image/png;base64,([A-Za-z0-9+/=]+)", content)]
    )
    return [np.asarray(Image.open(io.BytesIO(picture)).convert("L")) for picture in found]


def shows(picture, image):
    """Whether an image stands somewhere in a picture."""
    height, width = image.shape
    first = image[height // 2]
    rows, columns = picture.shape
    for row in range(rows - height + 1):
        line = picture[row + height // 2]
        for column in range(columns - width + 1):
            if (
                line[column] == first[0]
                and np.array_equal(line[column : column + width], first)
                and np.array_equal(picture[row : row + height, column : column + width], image)
            ):
                return True
    return False


def test_with_permission_all_that_was_made_of_training_images_lies_in_private(folder):
    run = RunDirectory(folder / "run")
    report = evaluate(
        folder,
        allow_private_reference=True,
        output_dir=None,
        statistics_dir=None,
        extractors="classifier",
        measures="frechet_distance,nearest_neighbours,gen2real",
    )
    assert any(row["reads_private_training_images"] for row in report.content["measures"])
    assert all(run.private in Path(path).parents for path in report.paths)
    assert list((run.private / "statistics").iterdir()), "weights and statistics of private images"
    informative = [image for image in arrays(folder)["x_train"][..., 0] if np.unique(image[len(image) // 2]).size > 3]
    seen_inside, seen_outside = False, []
    for path in sorted(run.path.rglob("*")):
        if not path.is_file():
            continue
        is_private = run.private in path.parents
        shown = any(shows(picture, image) for picture in pictures_of(path) for image in informative[:60])
        raw = any(image.tobytes() in path.read_bytes() for image in informative)
        seen_inside |= is_private and shown
        if not is_private and (shown or raw):
            seen_outside.append(path)
        assert is_private or path.suffix != ".html", path
    assert seen_inside and not seen_outside
    assert not (run.path / "evaluation.json").exists()
    assert json.loads((run.private / "evaluation.json").read_text()) == json.loads(json.dumps(report.content))
