# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A folder of images: flat, `class/`, or `train|test/` with either inside."""

from __future__ import annotations

import collections
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from absl import logging
from PIL import Image
from tqdm import tqdm

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.image_file import SUFFIXES, BadImageError, is_grey, read_image
from tfdpgan.data.options import LoadOptions
from tfdpgan.data.pixel_cache import cached_pixels
from tfdpgan.data.pixels import DataError, check_color_mode, check_image_size, grey_for_rgb
from tfdpgan.data.public_facts import facts_of_format

DEFAULT_IMAGE_SIZE = 32
_OTHER_SUFFIXES = (".webp", ".gif", ".tif", ".tiff", ".bmp", ".heic", ".avif", ".jp2")
_TEST_FOLDERS = ("test", "val", "valid", "validation")
_BLOCK_SIZE = 512
_NUM_NAMED = 5
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class ImageFiles:
    """The files of one split: sorted by class and name, so that an index always means the same image."""

    root: Path
    paths: tuple[Path, ...]
    labels: np.ndarray  # [len(paths)] int32, zeros when there are no classes
    class_names: tuple[str, ...]


def load_image_folder(options: LoadOptions) -> Dataset:
    """Reads a folder of PNG and JPEG files, resized (short side) and centre-cropped to `image_size` (32).

    Layouts: all images in the folder itself (no labels); one folder per class; or train/ and test/ (or val/)
    with either layout inside, of which test/ is never trained on. Folders and files whose names begin with a
    dot are left out, as are files that are no images by their suffix. With `color_mode="auto"` the images get
    one channel when all are grey and three otherwise.

    Raises:
        DataError: for a folder without images, a mixed layout, damaged files (all of them counted, the first
            ones named; unless `skip_bad_images`), grey images for "rgb".
    """
    if options.data_dir is None:
        raise DataError("--dataset=folder needs --data_dir=FOLDER, a folder of PNG or JPEG images.")
    train, test = find_splits(options.data_dir)
    return read_splits(options.data_dir.resolve().name or "folder", train, test, options)


def read_splits(name: str, train: ImageFiles, test: ImageFiles | None, options: LoadOptions) -> Dataset:
    """Decodes the files of both splits into a `Dataset`."""
    check_image_size(options.image_size)
    check_color_mode(options.color_mode)
    num_channels = _num_channels(name, train, options)
    pixels, labels = _read_files(train, num_channels, options)
    test_pixels, test_labels = (None, None) if test is None else _read_files(test, num_channels, options)
    # Without a wish the size is a constant, and colour is read off the headers of all images.
    facts = facts_of_format(
        options.image_size or DEFAULT_IMAGE_SIZE,
        options.color_mode,
        "read off the images",
        "read off the folders" if train.class_names else None,
    )
    if not train.class_names:
        return Dataset(name, pixels, test_pixels=test_pixels, public_facts=facts)
    return Dataset(name, pixels, labels, train.class_names, False, test_pixels, test_labels, facts)


def find_splits(folder: Path) -> tuple[ImageFiles, ImageFiles | None]:
    """Finds out the layout and lists the files: the training split, and the test split where there is one."""
    if not folder.exists():
        raise DataError(f"There is no folder {folder}: check --data_dir.")
    if not folder.is_dir():
        raise DataError(f"{folder} is a file: give the folder that holds the images as --data_dir.")
    subfolders = {path.name: path for path in _visible(folder) if path.is_dir()}
    test_name = next((name for name in _TEST_FOLDERS if name in subfolders), None)
    others = sorted(set(subfolders) - {"train", *_TEST_FOLDERS})
    # Beside other classes, "train" is a class of its own: pictures of trains.
    if "train" not in subfolders or (others and test_name is None):
        if test_name is not None and not others:
            raise DataError(f"{folder} holds {test_name}/ but no train/: name the training folder train.")
        return find_images(folder), None
    if others:
        raise DataError(
            f"{folder} holds train/ and {test_name}/ beside {', '.join(others[:_NUM_NAMED])}/: move the "
            "others away, or put all classes inside train/ and test/."
        )
    train = find_images(subfolders["train"])
    if test_name is None:
        return train, None
    test = find_images(subfolders[test_name])
    if train.class_names != test.class_names:
        differing = sorted(set(train.class_names) ^ set(test.class_names))
        raise DataError(
            f"{folder}: train/ and {test_name}/ hold different class folders "
            f"({', '.join(differing[:_NUM_NAMED])} in one only): both need the same."
        )
    return train, test


def relative_names(folder: Path) -> list[str]:
    """Names of the training images below the folder, with "/", in the order of the `Dataset` that is read from it."""
    return [path.relative_to(folder).as_posix() for path in find_splits(folder)[0].paths]


def find_images(folder: Path) -> ImageFiles:
    """Lists the images of one split, flat or in class folders."""
    _tell_what_is_left_out(folder)
    files = _image_paths(folder)
    subfolders = [path for path in _visible(folder) if path.is_dir()]
    classes = {path.name: _image_paths(path) for path in subfolders}
    if files and any(classes.values()):
        filled = next(name for name, paths in classes.items() if paths)
        raise DataError(
            f"{folder} holds images both directly ({files[0].name}) and in the class folder {filled}/: put "
            "every image into a class folder, or none."
        )
    if files:
        return ImageFiles(folder, tuple(files), np.zeros(len(files), np.int32), ())
    if not any(classes.values()):
        raise DataError(
            f"{folder} holds no images: put {', '.join(SUFFIXES)} files into it, or in one folder per class. Other "
            "formats are not read."
        )
    for name, paths in classes.items():
        if not paths:
            raise DataError(
                f"The class folder {folder / name} holds no images: remove it, or put {', '.join(SUFFIXES)} "
                "files directly into it."
            )
    labels = np.repeat(np.arange(len(classes), dtype=np.int32), [len(paths) for paths in classes.values()])
    in_class_order = tuple(path for paths in classes.values() for path in paths)
    return ImageFiles(folder, in_class_order, labels, tuple(classes))


def _visible(folder: Path) -> list[Path]:
    """The entries of a folder in sorted order, without hidden ones and what archivers leave behind."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX")))
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror}): check its permissions.") from error


def _image_paths(folder: Path) -> list[Path]:
    return [path for path in _visible(folder) if path.suffix.lower() in SUFFIXES and not path.is_dir()]


def _tell_what_is_left_out(folder: Path) -> None:
    """One line in the log on pictures of other formats, and on those in folders below the class folders."""
    others: collections.Counter[str] = collections.Counter()
    num_deeper = 0
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        is_deeper = len(Path(place).relative_to(folder).parts) > 1
        for name in names:
            suffix = Path(name).suffix.lower()
            if suffix in _OTHER_SUFFIXES:
                others[suffix] += 1
            elif is_deeper and suffix in SUFFIXES and not name.startswith("."):
                num_deeper += 1
    left_out = [f"{count} {suffix} files" for suffix, count in sorted(others.items())]
    left_out += [f"{num_deeper} images in folders below the class folders"] * bool(num_deeper)
    if left_out:
        logging.warning(
            "%s: left out %s. What is read: %s, in the folder itself or in one folder for each class.",
            folder,
            " and ".join(left_out),
            ", ".join(SUFFIXES),
        )


def _num_channels(name: str, files: ImageFiles, options: LoadOptions) -> int:
    """Decides between grey and colour from the headers of all training files."""

    def header(path: Path) -> bool | None:
        try:
            return is_grey(path)
        except BadImageError:
            return None  # reported when the file is decoded

    found = list(_in_order(header, files.paths))
    num_grey, num_color = found.count(True), found.count(False)
    if options.color_mode == "rgb" and num_grey and not num_color:
        raise grey_for_rgb(name)
    wants_grey = options.color_mode == "grayscale" or (options.color_mode == "auto" and not num_color)
    num_converted = num_color if wants_grey else num_grey
    if num_converted:
        logging.warning(
            "%s: %d of %d images were converted to %s.",
            name,
            num_converted,
            len(files.paths),
            "grey" if wants_grey else "colour",
        )
    return 1 if wants_grey else 3


def _read_files(files: ImageFiles, num_channels: int, options: LoadOptions) -> tuple[np.ndarray, np.ndarray]:
    """Decodes one split: pixels and labels of the readable files."""
    image_size = options.image_size or DEFAULT_IMAGE_SIZE

    def decode(path: Path) -> np.ndarray | BadImageError:
        try:
            return read_image(path, image_size, num_channels)
        except BadImageError as error:
            return error

    def fill(rows: np.ndarray) -> np.ndarray:
        kept: list[int] = []
        bad: list[str] = []
        progress = tqdm(files.paths, desc=f"Reading {files.root.name}", unit=" images", disable=None)
        for index, image in enumerate(_in_order(decode, progress)):
            if isinstance(image, BadImageError):
                bad.append(f"{files.paths[index].relative_to(files.root)} ({image})")
            else:
                rows[len(kept)] = image
                kept.append(index)
        _report_bad(files, bad, options.skip_bad_images)
        return files.labels[kept]

    labelled = zip(files.paths, files.labels, strict=True)
    key = [options.skip_bad_images, [[str(path), int(label), *_stamp(path)] for path, label in labelled]]
    shape = (len(files.paths), image_size, image_size, num_channels)
    return cached_pixels(options.cache_dir, key, shape, fill)


def _report_bad(files: ImageFiles, bad: Sequence[str], skip: bool) -> None:
    if not bad:
        return
    listed = "; ".join(bad[:_NUM_NAMED]) + ("; ..." if len(bad) > _NUM_NAMED else "")
    if not skip:
        raise DataError(
            f"{len(bad)} of {len(files.paths)} images in {files.root} cannot be read: {listed}. Repair or "
            "remove them, or leave them out with --skip_bad_images."
        )
    if len(bad) == len(files.paths):
        raise DataError(f"None of the {len(bad)} images in {files.root} can be read: {listed}.")
    for line in bad:
        logging.warning("Left out %s", line)


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when the file does; the last two also where size and modification time were put back."""
    try:
        status = path.stat()
    except OSError:
        return (0,)
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns


def _in_order(function: Callable[[Path], _Result], paths: Sequence[Path] | tqdm) -> Iterator[_Result]:
    """Maps files in a thread pool (Pillow decodes without Python's lock), in blocks that bound memory."""
    total = len(paths)
    iterator = iter(paths)
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        # Too many pixels are an error here, with the file's name; metadata oddities are nobody's concern.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", module="PIL")
        for start in range(0, total, _BLOCK_SIZE):
            block = [next(iterator) for _ in range(min(_BLOCK_SIZE, total - start))]
            yield from pool.map(function, block)
