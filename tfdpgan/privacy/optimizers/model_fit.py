# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Private training by Keras' `Model.fit`: models with a private train step, and Poisson-sampled data."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.mechanisms.poisson import PoissonSampler
from tfdpgan.privacy.optimizers.dp_optimizer import DPOptimizer

Loss: TypeAlias = str | Callable[..., tf.Tensor] | keras.losses.Loss

# The mixin is no Keras model, since Keras rewrites the bases of a class of which a functional model is made.
# Any tells the type checker that the attributes of a model are there all the same.
_MixinBase: Any = object


class PrivateFit(_MixinBase):
    """A mixin for Keras models: `fit` takes private steps and reports nothing about their examples.

    The caller provides the sampling that the accountant assumes: each step's data is one logical batch,
    drawn by Poisson sampling from the private examples. `poisson_dataset` does that; a shuffled `tf.data`
    pipeline or arrays passed to `fit` do not, and the latter are refused by their shape. Accounting is the
    caller's too: one `fit` costs `epochs * steps_per_epoch` steps of `tfdpgan.privacy.accounting.events.dp_sgd_event`.

    `fit` reports no loss and no metric of the training examples, since these are computed from private
    data without noise. Losses and metrics are reported for `validation_data` and by `evaluate`, which take
    ordinary batches; examples in there are not protected.
    """

    def compile(self, optimizer: DPOptimizer, loss: Loss, metrics: Any = None, **kwargs: Any) -> None:
        """As Keras' `compile`, with a private optimizer and one loss.

        Args:
            optimizer: a `DPKerasSGDOptimizer`, `DPKerasAdamOptimizer` or another of `make_dp_optimizer`.
            loss: a Keras loss or its name, or a function of (labels, predictions), without a reduction over
                the batch: the step clips the gradient of each example's loss. The reduction of a Keras loss is
                ignored in training.
            metrics: for validation and evaluation.
            **kwargs: `weighted_metrics`, `run_eagerly` and `steps_per_execution`.

        Raises:
            ValueError: if an argument is something else.
        """
        if not isinstance(optimizer, DPOptimizer):
            raise ValueError(
                f"`optimizer` must be a private one, such as DPKerasAdamOptimizer. Received: optimizer={optimizer!r}."
            )
        if not isinstance(loss, str | keras.losses.Loss) and not callable(loss):
            raise ValueError(f"`loss` must be one Keras loss, a name or a function. Received: loss={loss!r}.")
        allowed = {"weighted_metrics", "run_eagerly", "steps_per_execution"}
        if refused := sorted(name for name, value in kwargs.items() if name not in allowed and value):
            raise ValueError(f"Private training allows besides: {sorted(allowed)}. Received: {refused}.")
        super().compile(optimizer, loss, metrics, **{**kwargs, "jit_compile": False})
        self._per_example_loss = _per_example(keras.losses.get(loss))

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Takes one private step on one logical batch (called by Keras).

        Args:
            data: (x, y, mask): x [num_physical, physical, ...], y likewise, mask bool [num_physical, physical].

        Returns:
            What `fit` may log: the learning rate.

        Raises:
            ValueError: if the data has another form, or the model has losses of its own, such as those of
                regularizers, which are not part of any example's clipped gradient.
        """
        x, y, mask = keras.utils.unpack_x_y_sample_weight(data)
        if y is None or mask is None or mask.dtype != tf.bool or mask.shape.rank != 2:
            raise ValueError(
                "Private training takes (x, y, mask) with leading axes [num_physical, physical] and a bool "
                f"mask, from poisson_dataset. Received: {tf.nest.map_structure(_describe, data)}."
            )
        if not self.built:
            self(tf.nest.map_structure(lambda batches: batches[0], x))

        def loss_fn(inputs: Any, labels: tf.Tensor) -> tf.Tensor:
            predictions = self(inputs, training=True)
            if self.losses:
                raise ValueError(
                    f"Model {self.name!r} has losses of its own (a regularizer or add_loss), which a private "
                    "step leaves out. Remove them; for weight decay use the optimizer's `weight_decay`."
                )
            return self._per_example_loss(labels, predictions)

        self.optimizer.apply_gradients(self.optimizer.private_gradients(self, loss_fn, (x, y), mask))
        return {"learning_rate": tf.identity(self.optimizer.learning_rate)}


class DPModel(PrivateFit, keras.Model):
    """`keras.Model` (functional or subclassed) that `fit` trains privately; see `PrivateFit`."""

    def __new__(cls, *args: Any, **kwargs: Any) -> "PrivateFit":
        if cls is DPModel and (args or "inputs" in kwargs):
            return _FunctionalDPModel(*args, **kwargs)
        return super().__new__(cls, *args, **kwargs)


class _FunctionalDPModel(PrivateFit, keras.Model):
    """What `DPModel(inputs, outputs)` makes: Keras rewrites the bases of this class instead of DPModel's."""


class DPSequential(PrivateFit, keras.Sequential):
    """`keras.Sequential` that `fit` trains under differential privacy; see `PrivateFit`."""


def poisson_dataset(x: np.ndarray, y: np.ndarray, sampler: PoissonSampler) -> tf.data.Dataset:
    """Returns logical batches for `PrivateFit`, without end: pass `steps_per_epoch` to `fit`.

    Each element is a fresh Poisson draw, padded with copies of the first example that the mask leaves out.
    An epoch of N / expected_batch_size steps sees each example once on average, not exactly.

    Args:
        x: the private examples [N, ...].
        y: their labels [N, ...].
        sampler: for N examples. A seeded one draws step 0 first in every new iteration, for tests.

    Returns:
        A dataset of (x [num_physical, physical, ...], y [num_physical, physical, ...], mask bool [num_physical,
        physical]); `num_physical` varies, `physical` is the sampler's.

    Raises:
        ValueError: if the lengths differ from each other or from the sampler's N.
    """
    x, y = np.asarray(x), np.asarray(y)
    if not len(x) == len(y) == sampler.num_examples:
        raise ValueError(
            "x, y and the sampler must agree on the number of examples. "
            f"Received: {len(x)} in x, {len(y)} in y, {sampler.num_examples} in the sampler."
        )

    def draws() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        step = 0
        while True:
            batch = sampler.draw(step)
            yield x[batch.indices], y[batch.indices], batch.mask
            step += 1

    leading = [None, sampler.physical_batch_size]
    signature = (
        tf.TensorSpec([*leading, *x.shape[1:]], x.dtype),
        tf.TensorSpec([*leading, *y.shape[1:]], y.dtype),
        tf.TensorSpec(leading, tf.bool),
    )
    return tf.data.Dataset.from_generator(draws, output_signature=signature).prefetch(1)


def _per_example(loss: Callable | keras.losses.Loss) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Returns the loss without its reduction over the batch."""
    unreduced = loss.call if isinstance(loss, keras.losses.Loss) else loss

    def per_example_loss(labels: tf.Tensor, predictions: tf.Tensor) -> tf.Tensor:
        # Keras' losses average over the last axis, and labels [batch] against predictions [batch, 1]
        # broadcast to all pairs: both would mix the examples.
        if predictions.shape.rank == 1:
            predictions = predictions[:, tf.newaxis]
        if predictions.shape.rank == labels.shape.rank + 1 and predictions.shape[-1] == 1:
            labels = labels[..., tf.newaxis]
        elif labels.shape.rank == predictions.shape.rank + 1:
            predictions = predictions[..., tf.newaxis]
        losses = unreduced(labels, predictions)
        return tf.reduce_mean(losses, axis=list(range(1, losses.shape.rank)))

    return per_example_loss


def _describe(tensor: Any) -> str:
    return f"{tensor.dtype.name}{tensor.shape}" if tf.is_tensor(tensor) else repr(tensor)
