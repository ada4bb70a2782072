# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Generated images as a data set that other programs read: folder, NPZ, TFRecord, or one grid."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tfdpgan.data.pixels import to_pillow
from tfdpgan.generation.grid import check_images, provenance_json, save_grid, synthetic_text
from tfdpgan.generation.output import OutputError, output_file, output_folder

# Suffixes that ask for something else than a folder, which would then be called "images.jpg".
_OTHER_FORMATS = frozenset(
    [".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".zip", ".tar", ".gz", ".tgz", ".npy", ".csv"]
    + [".h5", ".hdf5", ".parquet", ".pt", ".pkl", ".mat", ".json", ".tfrecords"]
)
_UNSAFE_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def save_images(
    path: str | Path,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    class_names: Sequence[str] = (),
    provenance: dict[str, Any] | None = None,
    soft_labels: np.ndarray | None = None,
) -> Path:
    """Writes generated images, each marked as synthetic, in the format that the path names.

    * `x.npz`: `images` uint8 [N, H, W, C], `labels` int32 [N] (with labels), `soft_labels` float32 [N, classes]
      (with soft labels), `class_names`, `synthetic` (True) and `provenance` (JSON text).
    * `x.tfrecord`: one `tf.train.Example` per image: `image/encoded` (PNG), `image/format`, `image/height`,
      `image/width`, `image/channels`, `image/class/label` and `image/class/text` (with labels),
      `image/class/probabilities` (with soft labels), `synthetic` (1), `provenance` (JSON text).
    * `x.png`: one grid.
    * anything else: a folder of PNG files, with labels one folder per class that has images, and
      `synthetic.json`; with soft labels `soft_labels.csv`, a row for each file and a column for each class.
      Characters that are unsafe in file names become "_" in the folders' names.

    The output appears whole or not at all. A file is replaced; a folder must be new or empty.

    Args:
        path: where to.
        images: [N, height, width, 1 or 3], uint8 or floats in [-1, 1].
        labels: [N] integers, or None.
        class_names: name of each label; by default its number.
        provenance: what produced the images (run, epsilon, ...), as JSON values.
        soft_labels: [N, classes] probabilities of each class, beside `labels`, or None. A grid has no place for them.

    Returns:
        The path.

    Raises:
        OutputError: for images or labels that do not fit, an unknown format, or a place that cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in _OTHER_FORMATS:
        raise OutputError(
            f"{path}: images are written as .npz, .tfrecord, .png (one grid) or a folder of PNG files (a "
            f"path without suffix). Received {suffix}."
        )
    pixels = check_images(images)
    labels, class_names = _check_labels(labels, class_names, len(pixels))
    soft = _check_soft_labels(soft_labels, labels, len(class_names))
    image_set = _ImageSet(pixels, labels, class_names, provenance, soft)
    _WRITERS.get(suffix, _write_folder)(path, image_set)
    return path


@dataclass(frozen=True)
class _ImageSet:
    """What every writer is given, checked."""

    pixels: np.ndarray  # [N, height, width, 1 or 3] uint8
    labels: np.ndarray | None  # [N] int32
    class_names: tuple[str, ...]  # one per label
    provenance: dict[str, Any] | None
    soft_labels: np.ndarray | None = None  # [N, classes] float32


def _check_labels(
    labels: np.ndarray | None, class_names: Sequence[str], num_images: int
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if labels is None:
        return None, tuple(class_names)
    labels = np.asarray(labels)
    if labels.shape != (num_images,) or labels.dtype.kind not in "iu":
        raise OutputError(
            f"{num_images} images need {num_images} integer labels. Received {labels.dtype} of shape {labels.shape}."
        )
    num_classes = len(class_names) or int(labels.max()) + 1
    if labels.min() < 0 or labels.max() >= num_classes:
        raise OutputError(
            f"Labels must lie in [0, {num_classes}). Received {labels.min()} to {labels.max()}: every label "
            "needs a class name."
        )
    digits = len(str(num_classes - 1))  # "02" sorts before "10"
    numbers = (f"{label:0{digits}d}" for label in range(num_classes))
    return labels.astype(np.int32), tuple(class_names) or tuple(numbers)


def _check_soft_labels(soft: np.ndarray | None, labels: np.ndarray | None, num_classes: int) -> np.ndarray | None:
    if soft is None:
        return None
    soft = np.asarray(soft)
    if labels is None or soft.shape != (len(labels), num_classes) or soft.dtype.kind != "f":
        expected = "none without labels" if labels is None else f"floats of shape {(len(labels), num_classes)}"
        raise OutputError(f"Soft labels must be {expected}. Received: {soft.dtype} of shape {soft.shape}.")
    if not (np.all(soft >= 0) and np.allclose(soft.sum(axis=1), 1, atol=1e-3)):  # also true for NaN
        raise OutputError("Soft labels must be probabilities: each row 0 or more and of sum 1. Give a softmax.")
    return soft.astype(np.float32)


def _write_npz(path: Path, image_set: _ImageSet) -> None:
    labels = {} if image_set.labels is None else {"labels": image_set.labels}
    if image_set.soft_labels is not None:
        labels["soft_labels"] = image_set.soft_labels
    text = provenance_json(image_set.provenance or {})
    with output_file(path) as partial, partial.open("wb") as file:
        np.savez_compressed(
            file,
            images=image_set.pixels,
            class_names=np.array(image_set.class_names, dtype=np.str_),
            synthetic=np.array(True),
            provenance=np.array(text),
            **labels,
        )


def _write_tfrecord(path: Path, image_set: _ImageSet) -> None:
    import tensorflow as tf  # takes seconds to import

    def ints(value: int) -> tf.train.Feature:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    def text(value: bytes) -> tf.train.Feature:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    _, height, width, channels = image_set.pixels.shape
    labels = image_set.labels
    common = {
        "image/format": text(b"png"),
        "image/height": ints(height),
        "image/width": ints(width),
        "image/channels": ints(channels),
        "synthetic": ints(1),
        "provenance": text(provenance_json(image_set.provenance or {}).encode()),
    }
    try:
        with output_file(path) as partial, tf.io.TFRecordWriter(str(partial)) as writer:
            for index, image in enumerate(_with_progress(image_set.pixels, path)):
                feature = {"image/encoded": text(_png(image)), **common}
                if labels is not None:
                    feature["image/class/label"] = ints(int(labels[index]))
                    feature["image/class/text"] = text(image_set.class_names[labels[index]].encode())
                if image_set.soft_labels is not None:
                    row = tf.train.FloatList(value=image_set.soft_labels[index])
                    feature["image/class/probabilities"] = tf.train.Feature(float_list=row)
                writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    except tf.errors.OpError as error:
        raise OutputError(f"{path} cannot be written ({error.message}): choose another place.") from error


def _write_grid(path: Path, image_set: _ImageSet) -> None:
    save_grid(path, image_set.pixels, provenance=image_set.provenance)


def _write_folder(path: Path, image_set: _ImageSet) -> None:
    text = synthetic_text(image_set.provenance)
    labels, num_images = image_set.labels, len(image_set.pixels)
    subfolders = _folder_names(image_set.class_names)
    digits = max(6, len(str(num_images - 1)))
    about = {
        "synthetic": True,
        "num_images": num_images,
        "class_names": image_set.class_names,
        "provenance": image_set.provenance,
    }
    with output_folder(path) as partial:
        if labels is not None:
            for label in np.unique(labels):
                (partial / subfolders[label]).mkdir()
        names = []
        for index, image in enumerate(_with_progress(image_set.pixels, path)):
            folder = partial if labels is None else partial / subfolders[labels[index]]
            (folder / f"{index:0{digits}d}.png").write_bytes(_png(image, text))
            names.append((folder / f"{index:0{digits}d}.png").relative_to(partial).as_posix())
        if image_set.soft_labels is not None:
            with (partial / "soft_labels.csv").open("w", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["file", *image_set.class_names])
                rows.writerows([name, *map(str, row)] for name, row in zip(names, image_set.soft_labels, strict=True))
        (partial / "synthetic.json").write_text(json.dumps(about, indent=2) + "\n")


def _folder_names(class_names: tuple[str, ...]) -> list[str]:
    """Class names as names of folders: safe on any system, and still different from each other."""
    names = [_UNSAFE_IN_NAMES.sub("_", name).strip(". ") or "_" for name in class_names]
    lowered = [name.lower() for name in names]  # some systems do not tell "a" from "A"
    return [name if lowered.count(name.lower()) == 1 else f"{label}_{name}" for label, name in enumerate(names)]


def _png(image: np.ndarray, text: Any = None) -> bytes:
    stream = io.BytesIO()
    to_pillow(image).save(stream, format="PNG", pnginfo=text)
    return stream.getvalue()


def _with_progress(pixels: np.ndarray, path: Path) -> tqdm:
    return tqdm(pixels, desc=f"Writing {path.name}", unit=" images", disable=None)


_WRITERS: dict[str, Callable[[Path, _ImageSet], None]] = {
    ".npz": _write_npz,
    ".tfrecord": _write_tfrecord,
    ".png": _write_grid,
}
