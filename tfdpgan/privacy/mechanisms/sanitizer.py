# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The gradient sanitizer of GS-WGAN: what of the private critics reaches the generator, and what that costs."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import dp_accounting
import numpy as np

from tfdpgan.privacy import accounting, arguments
from tfdpgan.privacy.accounting.replace_one import REPLACE_ONE
from tfdpgan.privacy.mechanisms.mechanism import Mechanism
from tfdpgan.privacy.mechanisms.shards import Shards

DRAWS = ("per_image", "shared")


@dataclasses.dataclass(frozen=True)
class GradientSanitizer(Mechanism):
    """Clipped and noised gradients of generated images, given by networks that each saw one shard of the private data.

    One round: B generated images x_1 ... x_B; a shard k of the K, drawn uniformly and in secret, for each image
    (`draw="per_image"`) or once for all (`"shared"`); and

        g_b = clip(d loss_b / d x_b, C) + N(0, (sigma 2C)^2 I),      clip(v, C) = v min(1, C / ||v||)

    where loss_b is the whole loss of the generator on image b by the networks of its shard: a critic, and a classifier
    where there is one. Their sum has one gradient, which is clipped and noised once, however many networks judge.
    Nothing else of the private networks reaches anybody.

    **Sensitivity.** N is public, and whether an image is there is not what is hidden: neighbouring data sets differ in
    one image, at the same position (replace-one). Its position alone says which shard it is in, so one shard differs,
    and so do the networks of that shard and no others. If that shard is the one that was drawn, g_b moves from some
    vector of norm C at most to another: by 2C at most. If it is not, nothing moves. So for `"per_image"` each image is
    one release on a drawn shard with noise multiplier sigma 2C / 2C = sigma, and a round is B of them, independent
    given what was released before. For `"shared"` the round is one release of B vectors together: their distance is
    2C sqrt(B) at most, hence one release with noise multiplier sigma / sqrt(B).

    GS-WGAN (Chen, Orekondy and Fritz 2020) clips at C / B the gradient of a loss that is averaged over B images, with
    noise sigma 2C / B: the same up to the factor 1 / B. Its sigma is over the sensitivity 2C, as here. Its programs
    draw once a round and charge B draws.

    **Low frequencies alone** (ours, in no paper). With `frequencies` = f the gradient is first taken to the f x f
    lowest coefficients of a cosine transform, a fixed orthonormal map. They too come from the drawn shard's networks
    alone, so everything above holds for them: they are clipped, noised and turned back into pixels. The noise then has
    f^2 directions in place of height x width, where the clip bounds the same norm.

    **What must hold for the composition over rounds.** Given all that was released before, the networks of each shard
    may depend on that shard, and on nothing that was drawn in secret: which critics are trained, and how often, follows
    a public schedule, never the draws. (The published programs train the critic that was drawn; then earlier draws show
    in later critics, and no proof of amplification holds.) A classifier that learns from the drawn shard starts afresh
    in each round; one that is carried on has seen every shard drawn so far, and costs `carried_over` = True: from then
    on every round depends on the replaced image for certain, so K counts as 1.

    Attributes:
        noise_multiplier: sigma, standard deviation of the noise over the sensitivity 2C, >= 0; with 0 nothing is
            private and epsilon is infinite.
        clip: C, largest norm of an image's gradient. May be infinite if noise_multiplier is 0.
        num_shards: K, from 1 to N.
        images_per_round: B >= 1.
        num_examples: N, taken as public.
        draw: "per_image" or "shared".
        carried_over: whether a network that learned from drawn shards outlives its round.
        shard_seed: public seed of the split: a resumed run with another would show images to other networks.
        frequencies: f, coefficients along each side that are left of a gradient; None for all pixels, as published.

    Raises:
        ValueError: a value is out of its range.
    """

    clip: float
    num_shards: int
    images_per_round: int
    num_examples: int
    draw: str = "per_image"
    carried_over: bool = False
    shard_seed: int = 0
    frequencies: int | None = None

    adjacency = REPLACE_ONE
    unit = "one image that is replaced, which changes one shard"
    sampling = "one shard drawn in secret"
    sampling_assumed = "uniform: each release is on one of the disjoint shards, drawn independently and in secret"
    sampling_implemented = "uniform over the shards, with replacement; the shards by a keyed hash of positions"

    def __post_init__(self) -> None:
        arguments.require_number("noise_multiplier", self.noise_multiplier, minimum=">= 0")
        if self.noise_multiplier > 0 or math.isfinite(self.clip):
            arguments.require_clip(self.clip)
        for name in ("num_shards", "images_per_round", "num_examples", "frequencies"):
            value = getattr(self, name)
            if name == "frequencies" and value is None:
                continue
            is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 1
            arguments.require(is_count, name, value, "a whole number, 1 or more")
        arguments.require(self.draw in DRAWS, "draw", self.draw, f"one of {', '.join(DRAWS)}")
        arguments.require_bool("carried_over", self.carried_over)
        fits = self.num_shards <= self.num_examples
        allowed = f"at most the number of images, {self.num_examples}, so that no shard is empty"
        arguments.require(fits, "num_shards", self.num_shards, allowed)

    @property
    def l2_norm_clip(self) -> float:
        """C."""
        return self.clip

    @property
    def sensitivity(self) -> float:
        """2C: how far one image's gradient moves when the drawn shard is replaced."""
        return 2 * self.clip

    @property
    def reads_in_words(self) -> str:
        """What one round reads, in few words."""
        drawn = "a shard drawn for each image" if self.draw == "per_image" else "one shard drawn for all"
        return f"{self.images_per_round} noised gradients, {drawn}, of {self.num_shards}"

    @property
    def noise_stddev(self) -> float:
        """Of the noise on each number of a gradient, in the unit of the gradient."""
        return self.noise_multiplier * self.sensitivity if self.noise_multiplier > 0 else 0.0

    @property
    def num_draws(self) -> int:
        """Shards drawn in a round."""
        return self.images_per_round if self.draw == "per_image" else 1

    def draw_shards(self, seed: int | None = None, step: int | None = None) -> np.ndarray:
        """The shards of one round: `[num_draws]` int64, independent and uniform.

        Args:
            seed: None takes fresh randomness from the operating system: nobody can know who was drawn. A number makes
                the draw a function of (seed, step), for tests, and void of amplification.
            step: number of the round; needed with a seed.
        """
        if seed is None:
            rng = np.random.default_rng()
        elif step is not None:
            rng = np.random.default_rng([seed, step])
        else:
            raise ValueError("A draw with a seed needs the step's number. Received: step=None.")
        return rng.integers(self.num_shards, size=self.num_draws)

    @property
    def event(self) -> dp_accounting.DpEvent:
        """What one round costs."""
        num_shards = 1 if self.carried_over else self.num_shards
        if self.draw == "shared":
            return accounting.shard_event(self.noise_multiplier / math.sqrt(self.images_per_round), num_shards)
        one_image = accounting.shard_event(self.noise_multiplier, num_shards)
        return dp_accounting.SelfComposedDpEvent(one_image, self.images_per_round)

    @property
    def parameters(self) -> dict[str, Any]:
        """Noise, clip, shards and draw: what a resumed run must share."""
        names = ("num_shards", "images_per_round", "num_examples", "draw", "carried_over", "shard_seed", "frequencies")
        return {
            "noise_multiplier": self.noise_multiplier,
            "l2_norm_clip": self.clip if math.isfinite(self.clip) else "infinite",
            "noise_stddev": self.noise_stddev,
            **{name: getattr(self, name) for name in names},
        }

    @property
    def clipping_in_words(self) -> str:
        """What is clipped, in the words of the card."""
        low = "" if self.frequencies is None else f", its {self.frequencies} x {self.frequencies} lowest frequencies"
        return f"per generated image, the gradient that its pixels get from the private networks{low}"

    def shards(self) -> Shards:
        """The split of the private images."""
        return Shards(self.num_examples, self.num_shards, self.shard_seed)

    @property
    def sentence(self) -> str:
        """What happens in a round, for the card."""
        if self.draw == "per_image":
            chosen = f"for each of {self.images_per_round} generated images one of them is drawn in secret"
        else:
            chosen = f"one of them is drawn in secret for all {self.images_per_round} generated images together"
        low = (
            ""
            if self.frequencies is None
            else f"left with its {self.frequencies} x {self.frequencies} lowest frequencies, "
        )
        carried = "; a classifier is carried over from round to round, so no round counts as a draw" * self.carried_over
        return (
            f"rounds with {self.num_shards} disjoint shards of the data, each with networks of its own that are "
            f"trained without noise and kept private: in each round {chosen}, and all that reaches the generator is "
            f"the gradient of each image's loss by the networks of its shard, {low}clipped to norm {self.clip:g} and "
            f"with Gaussian noise of standard deviation {self.noise_stddev:g} on every number; one image that is "
            f"replaced changes one shard{carried}"
        )


def published_claim(
    noise_multiplier: float, num_shards: int, images_per_round: int, num_rounds: int, delta: float
) -> float:
    """The epsilon that GS-WGAN's and DPAC's accounting states for a run, whatever was drawn: only to compare with.

    It charges B independent draws a round by the Renyi bound of Wang, Balle and Kasiviswanathan (2019) and turns the
    sum into epsilon by the first conversion (Mironov 2017). That describes the mechanism with a draw for each image;
    the published programs draw once a round.

    Args:
        noise_multiplier: sigma > 0, over the sensitivity 2C.
        num_shards: K >= 1.
        images_per_round: B >= 1.
        num_rounds: generator steps, >= 1.
        delta: in (0, 1).

    Returns:
        9.99 for MNIST's 1.07, 1000, 32, 20 000 and 1e-5.
    """
    event = accounting.shard_event(noise_multiplier, num_shards)
    whole = dp_accounting.SelfComposedDpEvent(event, images_per_round * num_rounds)
    return accounting.epsilon_by_classic_rdp(whole, delta)
