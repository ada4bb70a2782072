# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Folders of images: layouts, colour, damaged files, and real photographs."""

import tarfile
import time

import numpy as np
import pytest
from PIL import Image

from tfdpgan.data import DataError, load_dataset


def save(path, level, color=True, size=(70, 64)):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB" if color else "L", size, (level, 0, 0) if color else level)
    image.save(path, **({"quality": 95} if path.suffix.lower() != ".png" else {}))


def refused(folder, message, **options):
    with pytest.raises(DataError, match=message) as caught:
        load_dataset("folder", folder, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_flat_folder_is_unlabelled_and_sorted(tmp_path):
    for level, name in ((200, "c.JPEG"), (0, "a.png"), (100, "b.JpG")):
        save(tmp_path / name, level)
    (tmp_path / "notes.txt").write_text("not an image")
    save(tmp_path / ".hidden.png", 50)
    save(tmp_path / ".cache" / "x.png", 50)
    dataset = load_dataset("folder", tmp_path)
    assert dataset.name == tmp_path.name and dataset.labels is None and dataset.num_classes == 1
    assert dataset.image_shape == (32, 32, 3)
    np.testing.assert_allclose(dataset.pixels[:, 16, 16, 0], [0, 100, 200], atol=3)
    refused(tmp_path, "has no labels and --conditional asks", conditional=True)


def test_class_folders_become_sorted_labels(tmp_path):
    for level, name in ((10, "zebra/1.png"), (20, "ant/2.png"), (30, "ant/1.png")):
        save(tmp_path / name, level, color=False)
    dataset = load_dataset("folder", tmp_path, image_size=16, conditional=True)
    assert dataset.class_names == ("ant", "zebra") and dataset.image_shape == (16, 16, 1)
    np.testing.assert_array_equal(dataset.labels, [0, 0, 1])
    np.testing.assert_array_equal(dataset.pixels[:, 0, 0, 0], [30, 20, 10])
    assert load_dataset("folder", tmp_path, conditional=False).labels is None


@pytest.mark.parametrize("test_name", ["test", "val"])
@pytest.mark.parametrize("inner", ["", "cat/"])
def test_train_and_test_folders(tmp_path, test_name, inner):
    save(tmp_path / f"train/{inner}1.png", 10)
    save(tmp_path / f"train/{inner}2.png", 20)
    save(tmp_path / f"{test_name}/{inner}1.png", 30)
    dataset = load_dataset("folder", tmp_path)
    assert dataset.num_examples == 2 and dataset.class_names == (("cat",) if inner else ())
    assert dataset.test_pixels[0, 0, 0, 0] == 30


def test_train_alone_is_a_split_and_beside_other_vehicles_a_class(tmp_path):
    save(tmp_path / "train/1.png", 10)
    assert load_dataset("folder", tmp_path).num_classes == 1
    save(tmp_path / "bus/1.png", 10)
    assert load_dataset("folder", tmp_path).class_names == ("bus", "train")


def test_links_are_followed_and_broken_ones_reported(tmp_path):
    save(tmp_path / "store/1.png", 10)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "linked_class").symlink_to(tmp_path / "store")
    (folder / "again").symlink_to(folder)
    refused(folder, "class folder .*again holds no images")
    (folder / "again").unlink()
    assert load_dataset("folder", folder).class_names == ("linked_class",)
    (tmp_path / "store/2.png").symlink_to(tmp_path / "nowhere.png")
    refused(folder, r"1 of 2 images .*linked_class/2.png \(No such file")


def test_folders_that_cannot_be_used(tmp_path):
    with pytest.raises(DataError, match="needs --data_dir"):
        load_dataset("folder")
    refused(tmp_path / "missing", "There is no folder .*missing: check --data_dir")
    refused(tmp_path, "holds no images")
    (tmp_path / "file.txt").write_text("x")
    refused(tmp_path / "file.txt", "is a file")
    refused(tmp_path, "holds no images")
    save(tmp_path / "a/1.png", 1)
    (tmp_path / "b").mkdir()
    refused(tmp_path, "The class folder .*b holds no images")
    save(tmp_path / "b/1.png", 1)
    save(tmp_path / "loose.png", 1)
    refused(tmp_path, r"both directly \(loose.png\) and in the class folder a/")


def test_splits_that_do_not_match(tmp_path):
    save(tmp_path / "test/cat/1.png", 1)
    refused(tmp_path, "holds test/ but no train/")
    save(tmp_path / "train/cat/1.png", 1)
    save(tmp_path / "train/dog/1.png", 1)
    refused(tmp_path, r"different class folders \(dog in one only\)")
    save(tmp_path / "test/dog/1.png", 1)
    save(tmp_path / "more/1.png", 1)
    refused(tmp_path, "beside more/")


def test_colour_of_a_mixed_folder(tmp_path, caplog):
    save(tmp_path / "1.png", 100, color=False)
    refused(tmp_path, "images are grey and --color_mode=rgb", color_mode="rgb")
    assert load_dataset("folder", tmp_path).image_shape[-1] == 1
    save(tmp_path / "2.png", 100)
    assert load_dataset("folder", tmp_path).image_shape[-1] == 3
    assert "1 of 2 images were converted to colour" in caplog.text
    grey = load_dataset("folder", tmp_path, color_mode="grayscale")
    np.testing.assert_array_equal(grey.pixels[:, 0, 0, 0], [100, 30])
    assert "1 of 2 images were converted to grey" in caplog.text


def test_damaged_files_are_all_reported_or_left_out(tmp_path, caplog):
    for number in range(3):
        save(tmp_path / f"cat/good{number}.png", number)
        save(tmp_path / f"dog/good{number}.png", number)
    for number in range(7):
        (tmp_path / f"cat/bad{number}.jpg").write_bytes(b"\xff\xd8\xff damaged")
    message = refused(tmp_path, "7 of 13 images .* cannot be read: cat/bad0.jpg .*--skip_bad_images")
    assert "bad4" in message and "bad5" not in message
    dataset = load_dataset("folder", tmp_path, skip_bad_images=True)
    np.testing.assert_array_equal(dataset.labels, [0, 0, 0, 1, 1, 1])
    assert all(f"Left out cat/bad{number}.jpg" in caplog.text for number in range(7))
    np.testing.assert_array_equal(dataset.pixels[:, 0, 0, 0], [0, 1, 2, 0, 1, 2])


def test_only_damaged_files(tmp_path):
    (tmp_path / "1.png").write_bytes(b"nothing")
    refused(tmp_path, "None of the 1 images", skip_bad_images=True)


@pytest.mark.parametrize(("option", "value"), [("image_size", 0), ("image_size", 10**6), ("color_mode", "sepia")])
def test_impossible_options(tmp_path, option, value):
    save(tmp_path / "1.png", 1)
    refused(tmp_path, f"--{option}={value}", **{option: value})


def test_real_photographs(tmp_path, real_data_dir):
    if real_data_dir is None:
        pytest.skip("set TFDPGAN_TEST_DATA")
    with tarfile.open(real_data_dir / "cifar10_jpeg.tar.xz") as archive:
        members = []
        for member in archive:  # a stream: the first few hundred are quick to reach
            members.append(member)
            if sum(item.name.endswith(".jpg") for item in members) == 400:
                break
        archive.extractall(tmp_path, members)
    start = time.monotonic()
    dataset = load_dataset("folder", tmp_path)
    assert time.monotonic() - start < 10
    assert dataset.num_examples == 400 and dataset.image_shape == (32, 32, 3)
    path = next((tmp_path / "train").rglob("*.jpg"))
    expected = np.asarray(Image.open(path))
    assert any((image == expected).all() for image in dataset.pixels)  # native size: not resampled


def test_other_formats_and_deeper_folders_are_counted(tmp_path, caplog):
    save(tmp_path / "cat/1.png", 10)
    save(tmp_path / "cat/deeper/2.png", 10)
    for name in ("cat/3.webp", "cat/4.gif", "5.bmp", "cat/6.bmp", ".hidden/7.bmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    with caplog.at_level("WARNING"):
        assert load_dataset("folder", tmp_path).num_examples == 1
    assert "left out 2 .bmp files and 1 .gif files and 1 .webp files and 1 images in folders below" in caplog.text
    assert caplog.text.count("left out") == 1
