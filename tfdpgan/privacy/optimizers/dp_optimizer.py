# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Keras optimizers that take their gradients from a private step only: DPKerasSGDOptimizer and others."""

import functools
from typing import Any, NoReturn

import tensorflow as tf
import tf_keras as keras

from tfdpgan.keras_autograph import leave_keras_unconverted
from tfdpgan.privacy.arguments import require, require_bool, require_clip, require_number
from tfdpgan.privacy.clipping import clipped_gradient_sum_over_batches
from tfdpgan.privacy.clipping.clipping_rule import ClippingRule
from tfdpgan.privacy.clipping.generated_part import GeneratedPart
from tfdpgan.privacy.clipping.group_loss import loss_of_groups
from tfdpgan.privacy.clipping.layer_check import refuse_mixing_layers
from tfdpgan.privacy.clipping.mixing_gate import MixingGate
from tfdpgan.privacy.clipping.per_example import METHODS, LossFn
from tfdpgan.privacy.clipping.replicas import Replicas
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.optimizers.private_gradients import IssueBook, PrivateGradients, refuse_raw_gradients

__all__ = ["DPKerasAdamOptimizer", "DPKerasSGDOptimizer", "DPOptimizer", "GeneratedPart", "make_dp_optimizer"]

leave_keras_unconverted()


class DPOptimizer(keras.optimizers.Optimizer):
    """The private step in front of a Keras optimizer; `make_dp_optimizer` describes and combines them."""

    def __init__(
        self,
        l2_norm_clip: float,
        noise_multiplier: float,
        expected_batch_size: float,
        *,
        num_microbatches: int | None = None,
        per_layer_clipping: bool = False,
        automatic_clipping: bool = False,
        clip_generated: bool = True,
        noise: GaussianNoise | None = None,
        clipping_method: str = "auto",
        replicas: Replicas | None = None,
        **kwargs: Any,
    ) -> None:
        require_clip(l2_norm_clip)
        require_number("noise_multiplier", noise_multiplier, minimum=">= 0")
        require_number("expected_batch_size", expected_batch_size, minimum="> 0")
        if num_microbatches is not None:
            require_number("num_microbatches", num_microbatches, minimum="> 0")
            divides = num_microbatches <= expected_batch_size and expected_batch_size % num_microbatches == 0
            allowed = f"None or a divisor of expected_batch_size ({expected_batch_size})"
            require(divides, "num_microbatches", num_microbatches, allowed)
        require_bool("per_layer_clipping", per_layer_clipping)
        require_bool("automatic_clipping", automatic_clipping)
        require_bool("clip_generated", clip_generated)
        require(noise is None or isinstance(noise, GaussianNoise), "noise", noise, "None or a GaussianNoise")
        require(clipping_method in METHODS, "clipping_method", clipping_method, f"one of {METHODS}")
        require(replicas is None or isinstance(replicas, Replicas), "replicas", replicas, "None or Replicas")
        # A compiled update is cached by TensorFlow, and the cache would not pass the check in `update_step`.
        jit_compile = kwargs.pop("jit_compile", False)
        require(not jit_compile, "jit_compile", jit_compile, "False in a private optimizer")
        super().__init__(jit_compile=False, **kwargs)
        self._l2_norm_clip = float(l2_norm_clip)
        self._noise_multiplier = float(noise_multiplier)
        self._expected_batch_size = float(expected_batch_size)
        self._num_microbatches = num_microbatches
        self._clipping_rule = ClippingRule(per_layer_clipping, automatic_clipping)
        self._clip_generated = clip_generated
        self._clipping_method = clipping_method
        self._replicas = replicas
        self._noise = GaussianNoise() if noise is None else noise
        self._issue_book = IssueBook()
        self._mixing_gate = MixingGate(self._l2_norm_clip, self._clipping_rule)
        self._is_applying = False

    # Read-only: a ledger may have booked them.
    l2_norm_clip = property(lambda self: self._l2_norm_clip)
    noise_multiplier = property(lambda self: self._noise_multiplier)
    expected_batch_size = property(lambda self: self._expected_batch_size)
    num_microbatches = property(lambda self: self._num_microbatches)
    clipping_rule = property(lambda self: self._clipping_rule)
    clip_generated = property(lambda self: self._clip_generated)
    clipping_method = property(lambda self: self._clipping_method)
    noise = property(lambda self: self._noise)

    @property
    def microbatch_size(self) -> int:
        """Examples in a microbatch, in expectation: what `events.dp_sgd_event` has to be told."""
        return round(self.expected_batch_size / (self.num_microbatches or self.expected_batch_size))

    @property
    def is_private(self) -> bool:
        """True if noise is added and nobody can know it in advance."""
        return self.noise_multiplier > 0 and self.noise.is_private

    def private_gradients(
        self,
        model: keras.Model,
        loss_fn: LossFn,
        real_batches: tuple[tf.Tensor, ...],
        mask: tf.Tensor,
        generated: GeneratedPart | None = None,
    ) -> PrivateGradients:
        """Reads one logical batch of real examples and releases its noised gradient (`make_dp_optimizer`).

        Args:
            model: a built model without layers that mix examples.
            loss_fn: `loss_fn(*inputs)` calls the model on one physical batch and returns a loss per example,
                [physical], each of which depends on its own example alone, for any size of the batch. `mixing_gate`
                tries that out at the first call, on made-up examples.
            real_batches: tensors [num_physical, physical, ...]; `num_physical` may change from step to step. With
                microbatches of several examples [num_physical, groups, slots, ...], from `assign_to_groups`.
            mask: bool [num_physical, physical] (or [num_physical, groups, slots]); False marks padding, which
                contributes nothing. It may be False everywhere: an empty draw is released as pure noise.
            generated: the part without noise, or None.

        Returns:
            The gradients, to be passed to `apply_gradients` once, in the same trace.

        Raises:
            ValueError: if an argument has the wrong form, if the model is not built, if the model or the loss
                mixes examples, draws random numbers or keeps a state, or if several replicas would each add noise
                of their own.
        """
        clipped_sum = self._clipped_sum(model, loss_fn, real_batches, mask)
        gradients = self._noised_mean(clipped_sum)
        if generated is not None:
            clip = self.l2_norm_clip if self.clip_generated else None
            without_noise = generated.mean_gradients(model, clip, self.clipping_method, self.clipping_rule)
            gradients = [real + fake for real, fake in zip(gradients, without_noise, strict=True)]
        return self._issue_book.issue(gradients, model.trainable_variables)

    def apply_gradients(self, private: PrivateGradients, name: str | None = None, **kwargs: Any) -> tf.Variable:
        """Applies the gradients of this optimizer's `private_gradients`, once.

        Args:
            private: what `private_gradients` returned, in the same trace of a `tf.function` or eagerly.
            name: of the name scope.
            **kwargs: Keras' other arguments; they concern several replicas and have no effect here.

        Returns:
            The variable that counts the steps.

        Raises:
            UnprivatizedGradientsError: for anything else, such as pairs of gradients and variables, or
                gradients that were applied before, made by another optimizer, in another trace, or changed.
        """
        pairs = self._issue_book.redeem(private)
        self._is_applying = True
        try:
            return super().apply_gradients(pairs, name=name, skip_gradients_aggregation=True)
        finally:
            self._is_applying = False

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable) -> Any:
        """Keras' inner step; raises UnprivatizedGradientsError unless `apply_gradients` calls it."""
        if not self._is_applying:
            refuse_raw_gradients("update_step")
        return super().update_step(gradient, variable)

    def _update_step_xla(self, *args: Any, **kwargs: Any) -> NoReturn:
        refuse_raw_gradients("_update_step_xla")

    def minimize(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises UnprivatizedGradientsError: the gradient of a mean loss cannot be made private any more."""
        refuse_raw_gradients("minimize")

    def compute_gradients(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises UnprivatizedGradientsError; see `minimize`."""
        refuse_raw_gradients("compute_gradients")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments as plain data, except the noise: a copy gets its own, OS-keyed one."""
        return {
            **super().get_config(),
            "l2_norm_clip": self.l2_norm_clip,
            "noise_multiplier": self.noise_multiplier,
            "expected_batch_size": self.expected_batch_size,
            "num_microbatches": self.num_microbatches,
            "per_layer_clipping": self.clipping_rule.per_layer,
            "automatic_clipping": self.clipping_rule.automatic,
            "clip_generated": self.clip_generated,
            "clipping_method": self.clipping_method,
        }

    def _clipped_sum(
        self, model: keras.Model, loss_fn: LossFn, real_batches: tuple[tf.Tensor, ...], mask: tf.Tensor
    ) -> list[tf.Tensor]:
        """First: the sum of clipped vectors of real examples, or of their groups. PRIVATE."""
        self._check(model, real_batches, mask)
        if self.microbatch_size == 1:
            method = self.clipping_method
            rehearsed = self._mixing_gate.check(model, loss_fn, real_batches, 2, method)
        else:  # to the clipping a group is one example; an empty one has no gradient, and needs no mask
            method, rehearsed = "vectorized_map", {}
            self._mixing_gate.check(model, loss_fn, real_batches, 3, "auto")
            loss_fn = loss_of_groups(loss_fn, self.microbatch_size)
            real_batches, mask = (real_batches, mask), tf.ones(tf.shape(mask)[:2], tf.bool)
        how: dict[str, Any] = {"method": method, "rule": self.clipping_rule, "rehearsed": rehearsed}
        sum_of = functools.partial(
            clipped_gradient_sum_over_batches, loss_fn, model=model, l2_norm_clip=self.l2_norm_clip, **how
        )
        if self._replicas is None:
            return sum_of(batches=real_batches, mask=mask)
        return self._replicas.add_up(sum_of, real_batches, mask)

    def _noised_mean(self, clipped_sum: list[tf.Tensor]) -> list[tf.Tensor]:
        """Second: the sum over all real examples with its noise, once, over the declared number of vectors."""
        noised_sum = self.noise.add(clipped_sum, self.noise_multiplier * self.l2_norm_clip)
        num_clipped = self.num_microbatches or self.expected_batch_size
        return [noised / tf.cast(num_clipped, noised.dtype) for noised in noised_sum]

    def _check(self, model: keras.Model, real_batches: tuple[tf.Tensor, ...], mask: tf.Tensor) -> None:
        refuse_mixing_layers(model)
        num_replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if num_replicas != 1:
            raise ValueError(f"A private step needs a strategy with one replica. Received: {num_replicas}.")
        if not (model.built and model.trainable_variables):
            raise ValueError(f"Model {model.name!r} has no trainable variables: call it once to build it.")
        is_tuple = isinstance(real_batches, tuple) and len(real_batches) > 0
        require(is_tuple, "real_batches", real_batches, "a tuple of tensors [num_physical, physical, ...]")
        axes = "[num_physical, physical]"
        if self.microbatch_size > 1:
            axes = "[num_physical, groups, slots], from assign_to_groups"
        is_mask = tf.is_tensor(mask) and mask.dtype == tf.bool and mask.shape.rank == 2 + (self.microbatch_size > 1)
        require(is_mask, "mask", mask, f"a bool tensor {axes}, False at padding")


def make_dp_optimizer(keras_optimizer_class: type) -> type[DPOptimizer]:
    """Returns the differentially private subclass of a `tf_keras` optimizer class.

    One step of the result, for a real batch R drawn by Poisson sampling and m generated examples, follows

        ( sum_{i in R} clip(g_i, C) + N(0, (noise_multiplier * C)^2 I) ) / expected_batch_size
            + (1 / m) * sum_j clip(g_j, C)

    with C = `l2_norm_clip` and clip(g, C) = g * min(1, C / ||g||) over all variables together (Abadi et
    al., "Deep Learning with Differential Privacy", 2016, algorithm 1). The second line is the patch for
    GANs: generated examples are not private, so their gradients need no noise; they are clipped by
    default all the same, because unclipped ones drown the real signal (Bie, Kamath, Zhang, "Private GANs,
    Revisited", 2023).

    Guarantee: under add/remove of one example the sum over R moves by at most C, hence one step is a Gaussian
    mechanism with the stated noise multiplier, subsampled as R was. Nothing else in the step depends on
    R. Slot variables, learning rates, weight decay and `clipnorm` only process what has been noised. The
    sampling and the accounting are the caller's.

    Where it differs from TF Privacy's optimizers of the same names: the divisor is the declared
    `expected_batch_size`, since TF Privacy's, the number of examples drawn, is itself private, changes
    with one example (then the release is no Gaussian mechanism of sensitivity C) and may be zero; an
    empty batch gives pure noise; non-finite gradients contribute zero; gradients come from
    `private_gradients`, and `apply_gradients` takes nothing else; `minimize` and `compute_gradients`,
    which see raw gradients, raise.

    The returned class takes the keyword arguments of `keras_optimizer_class` and:

      l2_norm_clip: C, a finite number >= 1e-6.
      noise_multiplier: standard deviation of the noise divided by C, a finite number >= 0; 0 for
        comparisons only (`is_private` is False).
      expected_batch_size: mean number of real examples in a logical batch (sampling rate times data
        size), a finite number > 0, declared in advance and never read off a draw.
      num_microbatches: None (one for each example), or a divisor of `expected_batch_size`. Groups of several
        examples are clipped as one: the sum then moves by up to 2C, which the accounting has to be told, and the
        batches have to come from `tfdpgan.privacy.mechanisms.microbatches.assign_to_groups`, which says why.
      per_layer_clipping: bound each layer's gradient to C / sqrt(L) for L layers, in place of the whole to C.
      automatic_clipping: C * g / (||g|| + 0.01) in place of clip(g, C): normalise (`privacy.clipping_rule`). With
        either the sum still moves by at most C, so noise and accounting stay as they are.
      clip_generated: whether each generated example is clipped to C.
      noise: a GaussianNoise; None makes one that is keyed by the operating system.
      clipping_method: the `method` of `tfdpgan.privacy.clipping`.
      replicas: a `privacy.clipping.replicas.Replicas` of devices that compute the clipped sum together; None for one.

    Args:
        keras_optimizer_class: a subclass of `tf_keras.optimizers.Optimizer`, not of the legacy one.

    Returns:
        A class named "DPKeras<Name>Optimizer", the same one for the same argument.

    Raises:
        ValueError: if the argument is not such a class, or is differentially private already.
    """
    bases = getattr(keras_optimizer_class, "__mro__", ())
    is_allowed = keras.optimizers.Optimizer in bases and DPOptimizer not in bases
    allowed = "a class of tf_keras.optimizers that is not private yet, such as tf_keras.optimizers.SGD"
    require(is_allowed, "keras_optimizer_class", keras_optimizer_class, allowed)
    return _dp_subclass(keras_optimizer_class)


@functools.cache
def _dp_subclass(keras_optimizer_class: type) -> type[DPOptimizer]:
    name = f"DPKeras{keras_optimizer_class.__name__}Optimizer"
    doc = f"Differentially private `{keras_optimizer_class.__name__}`; see `make_dp_optimizer`."
    subclass = type(name, (DPOptimizer, keras_optimizer_class), {"__doc__": doc, "__module__": __name__})
    return keras.saving.register_keras_serializable(package="tfdpgan")(subclass)


DPKerasSGDOptimizer = make_dp_optimizer(keras.optimizers.SGD)
DPKerasAdamOptimizer = make_dp_optimizer(keras.optimizers.Adam)
