# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Refuses layers through which one private example would reach another's gradient.

Clipping bounds what one example contributes only if its gradient depends on that example alone. Batch
statistics, a state carried from batch to batch and kernels rewritten during the call all break this without
an error message.
"""

from collections.abc import Iterator

import tf_keras as keras

_USE_PER_EXAMPLE_NORM = "Use GroupNormalization or LayerNormalization, which stay inside one example."
_STATEFUL = "Build it with stateful=False."
_SPECTRAL = (
    "It rewrites its kernel during the call. Constrain the kernel outside of the private gradient, "
    "or use a loss that needs no Lipschitz constraint."
)
_RANDOM = (
    "Its random numbers go by the place in the batch, which the other examples decide. Remove it: clipping and noise "
    "regularise already."
)
_UNNOISED = (
    "It has variables that no noised step moves ({names}). If they were computed from private data (adapt), they give "
    "them away: build Normalization with a mean and a variance that are public. If they were not, declare it on the "
    "layer: layer.statistics_are_public = True."
)
_DECLARED = "It declares mixes_examples = True. Replace it by a layer that treats each example alone."


def refuse_mixing_layers(model: keras.layers.Layer) -> None:
    """Checks that every layer of a network that sees private data treats each example alone.

    Refused are BatchNormalization and SyncBatchNormalization (also in inference mode: their moving averages
    are statistics of the private data), SpectralNormalization, recurrent layers with stateful=True, layers that
    draw random numbers (Dropout, GaussianNoise, RandomFlip), layers with variables that are not trained and may hold
    statistics of the data (an adapted Normalization) unless they have `statistics_are_public = True`, and any layer
    with an attribute `mixes_examples` that is true. Nested and subclassed models are searched to any depth, and
    frozen layers are checked like others. What the call of a layer does is not looked at here: `mixing_gate` does.

    Args:
        model: a tf_keras layer or model, built or not.

    Raises:
        ValueError: names the first such layer by its path inside the model, and the way out.
    """
    for path, layer in _layers_with_paths(model):
        way_out = _way_out(layer)
        if way_out is not None:
            raise ValueError(
                f"Layer {path!r} ({type(layer).__name__}) mixes the examples of a batch, "
                f"so that no example's contribution can be bounded. {way_out}"
            )
        names = [] if getattr(layer, "statistics_are_public", False) else _unnoised_variables(layer)
        if names:
            raise ValueError(f"Layer {path!r} ({type(layer).__name__}): {_UNNOISED.format(names=', '.join(names))}")


def _way_out(layer: keras.layers.Layer) -> str | None:
    """Returns what to do instead of the layer, or None if the layer is allowed."""
    # By name, because Keras keeps several classes (V1, V2, Sync) that share no public base.
    if any("BatchNormalization" in base.__name__ for base in type(layer).__mro__):
        return _USE_PER_EXAMPLE_NORM
    if isinstance(layer, keras.layers.SpectralNormalization):
        return _SPECTRAL
    if getattr(layer, "stateful", False) and isinstance(layer, (keras.layers.RNN, keras.layers.ConvLSTM2D)):
        return _STATEFUL
    if _draws_random_numbers(layer):
        return _RANDOM
    if getattr(layer, "mixes_examples", False):
        return _DECLARED
    return None


def _draws_random_numbers(layer: keras.layers.Layer) -> bool:
    """Whether one of Keras' random layers is set to draw; recurrent layers and attention hold a dropout of zero."""
    names = {base.__name__ for base in type(layer).__mro__}
    if "BaseRandomLayer" not in names:
        return False
    settings = [getattr(layer, name, None) for name in ("rate", "stddev", "dropout", "recurrent_dropout")]
    known = [value for value in settings if value is not None]
    return not known or any(known)


def _unnoised_variables(layer: keras.layers.Layer) -> list[str]:
    """Names of variables that were made untrainable; those of a frozen layer were not."""
    own = [variable.name for variable in layer._non_trainable_weights]
    is_adapted = isinstance(layer, keras.layers.Normalization) and layer.input_mean is None
    return own or (["mean", "variance"] if is_adapted else [])


def _layers_with_paths(
    layer: keras.layers.Layer, path: str = "", seen: set[int] | None = None
) -> Iterator[tuple[str, keras.layers.Layer]]:
    """Yields every layer under `layer` once, with the names that lead to it."""
    seen = set() if seen is None else seen
    if id(layer) in seen:
        return
    seen.add(id(layer))
    path = f"{path}/{layer.name}" if path else layer.name
    yield path, layer
    children = [*layer._flatten_layers(recursive=False, include_self=False), *layer.submodules]
    for child in children:
        if isinstance(child, keras.layers.Layer):
            yield from _layers_with_paths(child, path, seen)
