# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The output of a layer inside a generator: reading it, and going on from another one in its place.

A generator is any Keras model, so it is not cut in two. It is called whole, with one layer that returns what it is
told. Inside a `tf.function` nothing is lost by that: what came before the layer is not asked for, and is pruned from
the graph.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models.network import Network

Inputs = tuple[tf.Tensor, tf.Tensor]


class LayerOutput:
    """A layer of a generator, by name or index.

    Layers are counted in the order of their calls. Those that are called more than once are left out: their output is
    not one thing. A layer is called as the network calls it (`refine_norm`), and in a stack by its kind and number
    (`dense_2`), which is the same in every process.

    Args:
        generator: built.
        inputs: latents `[1, latent_dim]` and labels `[1]`, to see the order of the calls.
        which: a name; an index, also negative; None: the last one before the last layer with weights.
        flag: that it was named by, for messages.

    Raises:
        ConfigError: there is no such layer; the message names all.

    Attributes:
        name: of the layer.
        names: of all.
    """

    def __init__(
        self, generator: Network, inputs: Inputs, which: str | None = None, flag: str = "refine_layer"
    ) -> None:
        self._generator = generator
        called = _layers_in_order(generator, inputs)
        names = _names(generator, called)
        self.names = tuple(names)
        self.name, self._layer = _find(called, names, which, flag)

    def read(self, inputs: Inputs) -> tuple[tf.Tensor, tf.Tensor]:
        """What the layer returns, `[n, ...]`, and the images `[n, h, w, c]`."""
        seen: list[tf.Tensor] = []

        def note(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            seen.append(call(*args, **kwargs))
            return seen[-1]

        with _instead(self._layer, note):
            images = self._generator(inputs, training=False)
        return seen[-1], images

    def images_from(self, activations: tf.Tensor, inputs: Inputs) -> tf.Tensor:
        """The images `[n, h, w, c]` where the layer returns `activations`; `inputs` feed what goes around it."""
        with _instead(self._layer, lambda call, *args, **kwargs: activations):
            return self._generator(inputs, training=False)


def _layers_in_order(generator: Network, inputs: Inputs) -> list[keras.layers.Layer]:
    """The innermost layers that are called exactly once, in that order."""
    parts = [part for part in generator.submodules if isinstance(part, keras.layers.Layer)]
    innermost = [part for part in parts if not any(isinstance(inner, keras.layers.Layer) for inner in part.submodules)]
    calls: list[keras.layers.Layer] = []

    def noting(layer: keras.layers.Layer) -> Callable[..., Any]:
        def note(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            calls.append(layer)
            return call(*args, **kwargs)

        return note

    with contextlib.ExitStack() as stack:
        for layer in innermost:
            stack.enter_context(_instead(layer, noting(layer)))
        generator(inputs, training=False)
    counts = {id(layer): sum(other is layer for other in calls) for layer in calls}
    return [layer for layer in calls if counts[id(layer)] == 1]


def _names(generator: Network, called: list[keras.layers.Layer]) -> list[str]:
    own = {id(value): name for name, value in vars(generator).items() if isinstance(value, keras.layers.Layer)}
    names: list[str] = []
    for index, layer in enumerate(called):
        kind = type(layer)
        number = 1 + sum(type(other) is kind for other in called[:index])
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind.__name__).lower()
        names.append(own.get(id(layer), f"{plain.replace('re_lu', 'relu')}_{number}"))
    return names


def _find(
    called: list[keras.layers.Layer], names: list[str], which: str | None, flag: str
) -> tuple[str, keras.layers.Layer]:
    if which is None:
        weighted = [index for index, layer in enumerate(called) if layer.weights]
        index = max(weighted[-1] - 1, 0) if weighted else len(called) - 1
    elif which in names:
        index = names.index(which)
    else:
        try:
            index = range(len(names))[int(which)]
        except (ValueError, IndexError):
            raise ConfigError(
                f"--{flag} must be an index from 0 to {len(names) - 1} or one of: {', '.join(names)}. "
                f"Received: {which}."
            ) from None
    return names[index], called[index]


@contextlib.contextmanager
def _instead(layer: keras.layers.Layer, replacement: Callable[..., Any]) -> Iterator[None]:
    """Within the block, a call of the layer is `replacement(call, *args, **kwargs)`."""
    call = layer.call

    @tf.autograph.experimental.do_not_convert
    def replaced(*args: Any, **kwargs: Any) -> Any:
        return replacement(call, *args, **kwargs)

    object.__setattr__(layer, "call", replaced)
    try:
        yield
    finally:
        object.__delattr__(layer, "call")
