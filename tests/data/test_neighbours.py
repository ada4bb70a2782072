# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One extreme image more, in every kind of data set: no other image changes, and what else may change is declared."""

import numpy as np
import pytest
from PIL import Image

from tfdpgan.data import dataset_from_arrays, load_dataset
from tfdpgan.data.public_facts import NUMBER

SIDE = 12
RNG = np.random.default_rng(3)
IMAGES = RNG.integers(0, 256, (30, SIDE, SIDE), np.uint8)
LABELS = np.arange(30) % 3
EXTREME = {
    "black": np.zeros((SIDE, SIDE), np.uint8),
    "white": np.full((SIDE, SIDE), 255, np.uint8),
    "colour": RNG.integers(0, 256, (SIDE, SIDE, 3), np.uint8),
    "large": RNG.integers(0, 256, (5 * SIDE, 7 * SIDE), np.uint8),
}


def write(folder, images, labels, layout):
    """PNG files, flat or by class, under train/ and test/ or not; the last image sorts before all others."""
    for index, image in enumerate(images):
        place = folder / ("train" if layout == "splits" else "")
        place = place / f"class_{labels[index]}" if layout != "flat" else place
        place.mkdir(parents=True, exist_ok=True)
        name = "0000.png" if index == len(IMAGES) else f"image_{index:04d}.png"
        Image.fromarray(image).save(place / name)
    if layout == "splits":
        for label in set(labels):
            (folder / f"test/class_{label}").mkdir(parents=True)
            Image.fromarray(IMAGES[label]).save(folder / f"test/class_{label}/a.png")


def content(dataset):
    """Each training image with its label, as a multiset."""
    labels = dataset.label_batch(np.arange(dataset.num_examples))
    return sorted((image.tobytes(), int(label)) for image, label in zip(dataset.pixels, labels, strict=True))


def assert_only_one_more(before, after):
    old, new = content(before), content(after)
    for entry in old:
        new.remove(entry)
    assert len(new) == 1
    if before.test_pixels is not None:
        np.testing.assert_array_equal(before.test_pixels, after.test_pixels)


@pytest.mark.parametrize("extreme", EXTREME)
@pytest.mark.parametrize("layout", ["flat", "classes", "splits"])
def test_a_folder(tmp_path, layout, extreme):
    write(tmp_path / "before", IMAGES, LABELS, layout)
    write(tmp_path / "after", [*IMAGES, EXTREME[extreme]], [*LABELS, 1], layout)
    stated = dict(image_size=SIDE, color_mode="grayscale")
    before, after = (load_dataset("folder", tmp_path / name, **stated) for name in ("before", "after"))
    assert_only_one_more(before, after)
    assert before.public_facts == after.public_facts
    assert {"the size of the images, as stated", "grey or colour, as stated"} <= set(after.public_facts)


def test_what_one_image_of_a_folder_may_change_is_named(tmp_path):
    """Without a wish one colour image makes all of them colour, and one folder more adds a class."""
    write(tmp_path / "before", IMAGES, LABELS, "classes")
    write(tmp_path / "after", [*IMAGES, EXTREME["colour"]], [*LABELS, 7], "classes")
    before, after = (load_dataset("folder", tmp_path / name) for name in ("before", "after"))
    assert before.image_shape != after.image_shape and before.class_names != after.class_names
    facts = {NUMBER, "grey or colour, read off the images", "number and names of the classes, read off the folders"}
    assert facts <= set(before.public_facts) and facts <= set(after.public_facts)


@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("kind", ["uint8", "float"])
@pytest.mark.parametrize("where", ["arrays", "npz"])
def test_arrays_and_files_of_them(tmp_path, where, kind, labelled):
    if kind == "uint8":
        images, added, value_range = IMAGES, np.full((1, SIDE, SIDE), 255, np.uint8), None
    else:
        images, added, value_range = IMAGES / 255.0, np.full((1, SIDE, SIDE), np.nan), (0.0, 1.0)
        added[0, 0, 0] = -1e9
    names = ("a", "b", "c") if labelled else None

    def load(name, pixels, labels):
        if where == "arrays":
            return dataset_from_arrays(pixels, labels if labelled else None, names, value_range=value_range)
        arrays = {"images": pixels, **({"labels": labels, "class_names": np.array(names)} if labelled else {})}
        np.savez(tmp_path / f"{name}.npz", **arrays)
        return load_dataset("npz", tmp_path / f"{name}.npz", value_range=value_range)

    before = load("one", images, LABELS)
    after = load("two", np.concatenate([images, added]), np.append(LABELS, 1))
    assert_only_one_more(before, after)
    assert before.public_facts == after.public_facts
    assert ("number and names of the classes, as stated" in after.public_facts) == labelled


def test_labels_without_names_are_read_off_and_said_so():
    dataset = dataset_from_arrays(IMAGES, LABELS)
    assert "number and names of the classes, read off the labels" in dataset.public_facts


@pytest.mark.parametrize("name", ["digits"])
def test_a_published_data_set_says_so(name):
    assert "the size of the images, as the data set is published" in load_dataset(name).public_facts
    assert "the size of the images, as stated" in load_dataset(name, image_size=16).public_facts
