# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Synthetic image sets: what other programs read back, the mark that they carry, all or nothing."""

import json

import numpy as np
import pytest
from PIL import Image

from tfdpgan.data import load_dataset, to_float
from tfdpgan.generation import image_writers as writers
from tfdpgan.generation.image_writers import save_images
from tfdpgan.generation.output import OutputError

_PROVENANCE = {"epsilon": 9.9, "delta": 1e-5, "run": "runs/digits"}
_NAMES = ("T-shirt/top", "Bag", "..", "bag")


@pytest.fixture(params=[1, 3])
def pixels(request):
    return np.random.default_rng(0).integers(0, 256, (12, 8, 10, request.param), np.uint8)


_LABELS = np.arange(12) % 4


def test_npz(tmp_path, pixels):
    save_images(tmp_path / "x.npz", to_float(pixels), _LABELS, _NAMES, _PROVENANCE)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["images"], pixels)
        np.testing.assert_array_equal(archive["labels"], _LABELS)
        assert archive["images"].dtype == np.uint8 and archive["labels"].dtype == np.int32
        assert tuple(archive["class_names"]) == _NAMES and archive["synthetic"]
        assert json.loads(str(archive["provenance"])) == _PROVENANCE
    save_images(tmp_path / "x.npz", pixels)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        assert "labels" not in archive and len(archive["class_names"]) == 0


def test_tfrecord(tmp_path, pixels):
    import tensorflow as tf

    path = save_images(tmp_path / "x.tfrecord", pixels, _LABELS, _NAMES, _PROVENANCE)
    schema = {
        "image/encoded": tf.io.FixedLenFeature([], tf.string),
        "image/format": tf.io.FixedLenFeature([], tf.string),
        "image/class/label": tf.io.FixedLenFeature([], tf.int64),
        "image/class/text": tf.io.FixedLenFeature([], tf.string),
        "image/height": tf.io.FixedLenFeature([], tf.int64),
        "image/width": tf.io.FixedLenFeature([], tf.int64),
        "image/channels": tf.io.FixedLenFeature([], tf.int64),
        "synthetic": tf.io.FixedLenFeature([], tf.int64),
        "provenance": tf.io.FixedLenFeature([], tf.string),
    }
    examples = [tf.io.parse_single_example(item, schema) for item in tf.data.TFRecordDataset(str(path))]
    assert len(examples) == 12
    for index, example in enumerate(examples):
        np.testing.assert_array_equal(tf.io.decode_png(example["image/encoded"]), pixels[index])
        assert int(example["image/class/label"]) == _LABELS[index]
        assert example["image/class/text"].numpy().decode() == _NAMES[_LABELS[index]]
        size = [int(example[f"image/{key}"]) for key in ("height", "width", "channels")]
        assert size == list(pixels.shape[1:]) and example["image/format"] == b"png"
        assert int(example["synthetic"]) == 1 and json.loads(example["provenance"].numpy()) == _PROVENANCE


def test_folder_with_classes(tmp_path, pixels):
    path = save_images(tmp_path / "set", pixels, _LABELS, _NAMES, _PROVENANCE)
    folders = sorted(entry.name for entry in path.iterdir())
    assert folders == ["1_Bag", "3_bag", "T-shirt_top", "_", "synthetic.json"]
    for index, folder in enumerate(["T-shirt_top", "1_Bag", "_", "3_bag"] * 3):
        with Image.open(path / folder / f"{index:06d}.png") as image:
            np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape[1:]), pixels[index])
            assert image.text["Synthetic"] == "true" and json.loads(image.text["Provenance"]) == _PROVENANCE
    about = json.loads((path / "synthetic.json").read_text())
    assert about["synthetic"] is True and about["class_names"] == list(_NAMES) and about["num_images"] == 12
    assert about["provenance"] == _PROVENANCE


def test_a_folder_reads_back_as_a_data_set(tmp_path, pixels):
    square = pixels[:, :8, :8]
    labels = np.arange(12)  # twelve classes without names: "02" must sort before "10"
    save_images(tmp_path / "set", square, labels)
    dataset = load_dataset("folder", tmp_path / "set", image_size=8)
    np.testing.assert_array_equal(dataset.pixels, square)
    np.testing.assert_array_equal(dataset.labels, labels)
    save_images(tmp_path / "flat", square)
    np.testing.assert_array_equal(load_dataset("folder", tmp_path / "flat", image_size=8).pixels, square)


def test_grid(tmp_path, pixels):
    save_images(tmp_path / "x.PNG", pixels, _LABELS, _NAMES, _PROVENANCE)
    with Image.open(tmp_path / "x.PNG") as picture:
        assert picture.size == (4 * 12 + 2, 3 * 10 + 2)
        assert json.loads(picture.text["Provenance"]) == _PROVENANCE


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("x.jpg", {}, "Received .jpg"),
        ("x.tfrecords", {}, "Received .tfrecords"),
        ("x.npz", {"images": np.zeros((2, 8, 8))}, "must have the shape"),
        ("x.npz", {"images": np.full((2, 8, 8, 1), np.nan)}, "diverged"),
        ("x.npz", {"labels": [0]}, "2 integer labels"),
        ("x.npz", {"labels": [0.0, 1.0]}, "2 integer labels"),
        ("x.npz", {"labels": [0, 2], "class_names": ["a", "b"]}, r"lie in \[0, 2\)"),
        ("x.npz", {"labels": [0, -1]}, "Labels must lie"),
        ("x.npz", {"provenance": {"epsilon": float("inf")}}, "plain JSON"),
        ("set", {"provenance": {"run": object()}}, "plain JSON"),
        ("file/x.npz", {}, "cannot be written"),
        ("file/set", {}, "cannot be written"),
        ("file/x.tfrecord", {}, "cannot be written"),
        ("file", {}, "is a file"),
        ("full", {}, "holds files already"),
        ("full.npz", {}, "is a folder"),
    ],
)
def test_what_is_refused_leaves_nothing(tmp_path, name, changes, message):
    (tmp_path / "file").write_text("x")
    for folder in ("full", "full.npz"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "precious").write_text("x")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match=message) as caught:
        save_images(tmp_path / name, **{"images": np.zeros((2, 8, 8, 1), np.uint8), **changes})
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["set", "x.tfrecord"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_write_leaves_nothing(tmp_path, pixels, monkeypatch, name, error):
    real_png, calls = writers._png, []

    def failing(*arguments):
        calls.append(1)
        if len(calls) == 5:
            raise error
        return real_png(*arguments)

    monkeypatch.setattr(writers, "_png", failing)
    with pytest.raises((KeyboardInterrupt, OutputError)):
        save_images(tmp_path / name, pixels, _LABELS)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_keeps_the_older_file(tmp_path, pixels, monkeypatch):
    path = save_images(tmp_path / "x.npz", pixels)
    older = path.read_bytes()

    def no_space(file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", no_space)
    with pytest.raises(OutputError, match="No space left on device"):
        save_images(path, pixels[:2])
    assert path.read_bytes() == older and len(list(tmp_path.iterdir())) == 1


def test_new_files_have_the_usual_permissions(tmp_path, pixels):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain.txt").write_text("x")
    save_images(tmp_path / "set", pixels)
    save_images(tmp_path / "x.npz", pixels)
    assert (tmp_path / "set").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "x.npz").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode


def test_an_empty_folder_may_be_filled(tmp_path, pixels):
    (tmp_path / "set").mkdir()
    save_images(tmp_path / "set", pixels)
    assert len(list((tmp_path / "set").glob("*.png"))) == 12
