# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Data sets that TensorFlow Datasets has prepared, or can download."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import logging
from tqdm import tqdm

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.options import LoadOptions
from tfdpgan.data.pixel_cache import cached_pixels
from tfdpgan.data.pixels import DataError, resize_images, rgb_to_grey

_PROBE_SECONDS = 5.0
_BLOCK_SIZE = 256


def read_tfds(
    name: str,
    options: LoadOptions,
    class_names: Sequence[str],
    local_hint: str,
    labels_fn: Callable[[dict[str, Any]], np.ndarray] = lambda block: block["label"],
) -> Dataset:
    """Reads the train and test splits of a TFDS data set, downloading it first where it is not there yet.

    Images are resized block by block: memory holds the resized set only (with `cache_dir`, not even that).

    Args:
        name: the name in TFDS.
        options: `data_dir` is a TFDS data directory (None: the user's ~/tensorflow_datasets) or the folder of
            one prepared version in it.
        class_names: names of the classes.
        local_hint: what `--data_dir` may name instead, for the message when the download is not possible.
        labels_fn: from a block of examples (a dictionary of arrays) to integer labels [block].

    Raises:
        DataError: when TFDS is not installed, the data cannot be fetched, or what is there is damaged.
    """
    try:
        builder = _builder(name, options.data_dir)
        if not builder.is_prepared():
            _download(builder, name, local_hint)
    except ImportError as error:
        raise DataError(
            f"{name} is not here and TensorFlow Datasets cannot be used ({error}): pip install "
            f"tensorflow-datasets importlib_resources, or give {local_hint}."
        ) from error
    pixels, labels = _read_split(builder, "train", options, labels_fn)
    test_pixels, test_labels = None, None
    if "test" in builder.info.splits:
        test_pixels, test_labels = _read_split(builder, "test", options, labels_fn)
    return Dataset(name, pixels, labels, tuple(class_names), False, test_pixels, test_labels)


def _builder(name: str, data_dir: Path | None) -> Any:
    import tensorflow_datasets as tfds

    if data_dir is None or not (data_dir / "dataset_info.json").is_file():
        verbosity = logging.get_verbosity()
        logging.set_verbosity(logging.ERROR)  # it warns of every data set that is not there yet
        try:
            return tfds.builder(name, data_dir=data_dir and str(data_dir))
        finally:
            logging.set_verbosity(verbosity)
    builder = tfds.builder_from_directory(str(data_dir))
    if builder.name != name:
        raise DataError(f"{data_dir} holds {builder.name}, not {name}: give its --dataset.")
    return builder


def _download(builder: Any, name: str, local_hint: str) -> None:
    # TFDS retries an unreachable host for minutes; one quick request settles whether there is a network.
    for url in list(builder.url_infos)[:1]:
        if reason := _unreachable(url):
            raise DataError(
                f"{name} is not in {builder.data_dir} and cannot be downloaded ({reason}): give {local_hint}."
            )
    logging.warning("%s: downloading to %s", name, builder.data_dir)
    try:
        builder.download_and_prepare()
    except Exception as error:  # the many ways of failing downloads share no class
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"{name} could not be downloaded ({type(error).__name__}: {reason}): give {local_hint}."
        ) from error


def _unreachable(url: str) -> str | None:
    """Why the host of `url` does not answer, or None when it does (any HTTP status is an answer)."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_PROBE_SECONDS):
            return None
    except urllib.error.HTTPError:
        return None
    except urllib.error.URLError as error:
        # A proxy's own certificate may be known to TFDS' client though not to ours: let TFDS try.
        return None if isinstance(error.reason, ssl.SSLError) else f"no network: {error.reason}"
    except OSError as error:
        return f"no network: {error}"


def _read_split(
    builder: Any, split: str, options: LoadOptions, labels_fn: Callable[[dict[str, Any]], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    import tensorflow_datasets as tfds

    num_examples = builder.info.splits[split].num_examples
    height, width, channels = builder.info.features["image"].shape
    if options.image_size is not None:
        height = width = options.image_size
    if options.color_mode == "grayscale":
        channels = 1

    def fill(rows: np.ndarray) -> np.ndarray:
        labels = np.empty(num_examples, np.int32)
        examples = builder.as_dataset(split=split, shuffle_files=False).batch(_BLOCK_SIZE)
        start = 0
        title = f"Reading {builder.name} {split}"
        with tqdm(total=num_examples, desc=title, unit=" images", disable=None) as progress:
            for block in tfds.as_numpy(examples):
                pixels = block["image"]
                if pixels.shape[-1] > channels:
                    pixels = rgb_to_grey(pixels)
                end = start + len(pixels)
                rows[start:end] = resize_images(pixels, options.image_size)
                labels[start:end] = labels_fn(block)
                progress.update(end - start)
                start = end
        return labels

    try:
        key = [builder.info.full_name, str(builder.data_path), split, options.label_attribute]
        return cached_pixels(options.cache_dir, key, (num_examples, height, width, channels), fill)
    except DataError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{builder.data_path} is damaged ({reason}): remove it and prepare it again.") from error
