# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""DP-SGD on Poisson batches, as one frozen value (Abadi et al. 2016, algorithm 1)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import dp_accounting

from tfdpgan.privacy.accounting.events import dp_sgd_event
from tfdpgan.privacy.arguments import require, require_bool, require_clip
from tfdpgan.privacy.mechanisms.mechanism import Mechanism
from tfdpgan.privacy.mechanisms.microbatches import GroupSampler
from tfdpgan.privacy.mechanisms.poisson import PoissonSampler

if TYPE_CHECKING:
    from tfdpgan.privacy.clipping.replicas import Replicas
    from tfdpgan.privacy.mechanisms.noise import GaussianNoise
    from tfdpgan.privacy.optimizers.dp_optimizer import DPOptimizer


@dataclasses.dataclass(frozen=True)
class DPSGD(Mechanism):
    """The clipped and noised gradient sum of one Poisson batch.

    Guarantee: one image more or less moves the sum by at most `l2_norm_clip` (twice that in microbatches of several
    images), so one access is a Gaussian mechanism on a Poisson sample of rate `sampling_probability`.

    Attributes:
        noise_multiplier: standard deviation of the noise over the clip, > 0.
        clip: the largest l2 norm of one image's (or group's) gradient, >= 1e-6.
        batch_size: mean number of images in a batch, from 1 to `num_examples`.
        num_examples: N, taken as public.
        num_microbatches: None (one for each image), or a divisor of `batch_size`.
        per_layer_clipping: bound each layer's gradient to clip / sqrt(L) in place of the whole.
        automatic_clipping: normalise in place of clipping.
        steps_of: what the card calls these accesses, such as "discriminator steps".

    Raises:
        ValueError: a value is out of its range.
    """

    clip: float
    batch_size: int
    num_examples: int
    num_microbatches: int | None = None
    per_layer_clipping: bool = False
    automatic_clipping: bool = False
    steps_of: str = "steps"

    sampling = "Poisson sampling"
    sampling_assumed = "Poisson: each image enters a step independently with the same probability"
    sampling_implemented = "Poisson, exact (binomial size, then a uniform subset), padded"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_clip(self.clip)
        PoissonSampler(self.num_examples, self.batch_size, 1)  # refuses what cannot be drawn
        require_bool("per_layer_clipping", self.per_layer_clipping)
        require_bool("automatic_clipping", self.automatic_clipping)
        if self.num_microbatches is not None:
            divides = 0 < self.num_microbatches <= self.batch_size and self.batch_size % self.num_microbatches == 0
            allowed = f"None or a divisor of the batch size ({self.batch_size})"
            require(divides, "num_microbatches", self.num_microbatches, allowed)

    @property
    def l2_norm_clip(self) -> float:
        """The clip."""
        return self.clip

    @property
    def expected_batch_size(self) -> int:
        """The batch size."""
        return self.batch_size

    @property
    def microbatch_size(self) -> int:
        """Images in a group, in expectation."""
        return 1 if self.num_microbatches is None else self.batch_size // self.num_microbatches

    @property
    def sampling_probability(self) -> float:
        """q, the probability in (0, 1] with which each image enters a step."""
        return self.batch_size / self.num_examples

    @property
    def event(self) -> dp_accounting.DpEvent:
        """One step: a Gaussian on a Poisson sample; of half the noise where microbatches double the sensitivity."""
        return dp_sgd_event(self.noise_multiplier, self.sampling_probability, 1, self.microbatch_size)

    @property
    def parameters(self) -> dict[str, Any]:
        """Noise, clip, batch, images, sampling rate, microbatch and clipping rule."""
        names = [name for name in ("per_layer", "automatic") if getattr(self, f"{name}_clipping")]
        return {
            "noise_multiplier": self.noise_multiplier,
            "l2_norm_clip": self.clip,
            "expected_batch_size": self.batch_size,
            "num_examples": self.num_examples,
            "sampling_probability": self.sampling_probability,
            "microbatch_size": self.microbatch_size,
            "clipping": ", ".join(names) or "flat",
        }

    @property
    def sentence(self) -> str:
        """What one step reads and releases."""
        bounded = "normalised" if self.automatic_clipping else "clipped"
        each = "one by one" if self.microbatch_size == 1 else f"in random groups of {self.microbatch_size}"
        return (
            f"{self.steps_of}: the gradients of a Poisson-sampled batch of real images, {bounded} {each} and "
            "summed, plus Gaussian noise"
        )

    @property
    def clipping_in_words(self) -> str:
        """The clipping rule in the words of the card."""
        scope = "layer by layer, the clip shared out evenly" if self.per_layer_clipping else "over all weights together"
        return f"per image, {scope}{', normalised (automatic clipping)' if self.automatic_clipping else ''}"

    def sampler(self, physical_batch_size: int, seed: int | None = None) -> PoissonSampler | GroupSampler:
        """What draws the batches.

        Args:
            physical_batch_size: images in memory at once, >= 1; cut to the number of images.
            seed: None takes fresh randomness from the operating system; a number is for tests only.
        """
        sampler = PoissonSampler(
            self.num_examples, self.batch_size, min(physical_batch_size, self.num_examples), seed=seed
        )
        return sampler if self.microbatch_size == 1 else GroupSampler(sampler, self.microbatch_size, seed)

    def optimizer(
        self,
        keras_optimizer_class: type,
        noise: GaussianNoise,
        clipping_method: str = "auto",
        clip_generated: bool = True,
        replicas: Replicas | None = None,
        **settings: Any,
    ) -> DPOptimizer:
        """The private optimizer that takes these steps.

        Args:
            keras_optimizer_class: of tf_keras.optimizers.
            noise: where its noise comes from.
            clipping_method: how clipped sums are computed.
            clip_generated: whether gradients of generated images are clipped too.
            replicas: devices that compute clipped sums together; None for one.
            **settings: the Keras optimizer's own.
        """
        from tfdpgan.privacy.optimizers.dp_optimizer import make_dp_optimizer  # with TensorFlow: seconds

        return make_dp_optimizer(keras_optimizer_class)(
            l2_norm_clip=self.clip,
            noise_multiplier=self.noise_multiplier,
            expected_batch_size=self.batch_size,
            num_microbatches=self.num_microbatches,
            per_layer_clipping=self.per_layer_clipping,
            automatic_clipping=self.automatic_clipping,
            noise=noise,
            clipping_method=clipping_method,
            clip_generated=clip_generated,
            replicas=replicas,
            **settings,
        )
