# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The small generator inside a pruned one.

What is taken out contributes exactly nothing, so that both draw the same images up to the rounding of sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfdpgan import models
from tfdpgan.config import from_dict
from tfdpgan.models import ModelConfig
from tfdpgan.models.network import Network


def extract(generator: Network, masks: Sequence[np.ndarray]) -> Network:
    """Copies the channels that are left into a smaller generator of the same architecture.

    Args:
        generator: pruned: scale and offset of every channel that the masks leave out are zero.
        masks: for each of its `channel_axes()` `[num_channels]` bool: True for channels to keep.

    Returns:
        The smaller generator.

    Raises:
        ValueError: for masks that do not fit, keep nothing of an axis, split a group of a group normalisation, or leave
            out a channel whose scale or offset is not zero.
    """
    axes = generator.channel_axes()
    if len(axes) != len(masks):
        raise ValueError(f"The generator has {len(axes)} channel axes. Received {len(masks)} masks.")
    kept_entries: dict[int, list[tuple[int, np.ndarray]]] = {}
    for axis, mask in zip(axes, masks, strict=True):
        _check(axis, mask)
        for tensor, dimension in axis.tensors:
            entries = np.flatnonzero(np.tile(mask, tensor.shape[dimension] // axis.num_channels))
            kept_entries.setdefault(id(tensor), []).append((dimension, entries))
    settings = generator.get_config()
    small = models.build_generator(
        models.ImageShape(*settings["shape"]),
        from_dict(ModelConfig, settings["config"]),
        [int(mask.sum()) for mask in masks],
    )
    for target, source in zip(small.weights_by_layer(), generator.weights_by_layer(), strict=True):
        value = source.numpy()
        for dimension, entries in kept_entries.get(id(source), []):
            value = np.take(value, entries, axis=dimension)
        target.assign(value)
    return small


def _check(axis: models.channels.ChannelAxis, mask: np.ndarray) -> None:
    name = axis.norm.name
    if mask.shape != (axis.num_channels,) or mask.dtype != bool:
        raise ValueError(f"{name} has {axis.num_channels} channels. Received a mask {mask.dtype} {mask.shape}.")
    if not mask.any():
        raise ValueError(f"The mask of {name} keeps no channel; keep at least one group.")
    by_group = mask.reshape(axis.num_groups, axis.group_size)
    if (by_group.any(axis=1) != by_group.all(axis=1)).any():
        raise ValueError(
            f"The mask of {name} splits a group of {axis.group_size} channels: those that are left would be normalised "
            "differently. Keep or drop whole groups."
        )
    dropped = ~np.tile(mask, axis.norm.gamma.shape[0] // axis.num_channels)
    if np.any(axis.norm.gamma.numpy()[dropped]) or np.any(axis.norm.beta.numpy()[dropped]):
        raise ValueError(f"{name} still scales or shifts a channel that the mask leaves out: set both to zero first.")
