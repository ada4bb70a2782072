# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Lessons for critics: real images of the own shard against generated ones that nobody's labels have touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.data.dataset import Dataset
from tfdpgan.methods.gswgan.adam import Adam
from tfdpgan.methods.gswgan.bank import Batches, CriticBank
from tfdpgan.methods.gswgan.bank_state import BankState
from tfdpgan.methods.gswgan.critic_spec import CriticSpec
from tfdpgan.models.latents import balanced_labels, draw_latents
from tfdpgan.privacy.mechanisms.shards import Shards
from tfdpgan.training.networks import Networks

_POOL = 200  # generated images that the critics of one call choose their partners from
_AT_ONCE = 250  # critics in one call: bounds the memory for images, changes nothing else


def spec_of(config: Any, networks: Networks, num_outputs: int = 1) -> CriticSpec:
    """The layout of a shard's networks; raises ValueError for images that it cannot take."""
    return CriticSpec(networks.shape, config.critic, config.critic_width, config.critic_spectral_norm, num_outputs)


def public_pool(networks: Networks, num_images: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Generated images and labels, every class equally often: image i is of class i modulo the number of classes.

    The labels are a public constant. Made with the labels of real images, as published, a generated batch would carry
    these into the generator's batch statistics, and over them into other shards' critics and into what is released.
    """
    num_classes = networks.shape.num_classes
    count = num_classes * max(1, -(-num_images // num_classes))
    labels = balanced_labels(count, num_classes)
    latents = draw_latents(networks.rng, count, networks.latent_dim)
    return networks.generator((latents, labels), training=True), labels


class School:
    """Teaches the critics of a bank, each on its own shard.

    PRIVATE: the critics learn from real images without noise. Who is taught when is up to the caller, and must not
    depend on a secret draw. Batches come from a public seed and the number of the step; they need not be secret, since
    the sanitizer counts every network of a shard as wholly dependent on it.

    Args:
        config: the resolved settings.
        dataset: the private images.
        networks: the generator.
        shards: the split of the images.

    Attributes:
        bank: the critics; made at first use, since a published one takes 13 GB.
    """

    def __init__(self, config: Any, dataset: Dataset, networks: Networks, shards: Shards) -> None:
        self._config, self._dataset, self._networks = config, dataset, networks
        self.shards = shards
        self.spec = spec_of(config, networks)
        self._bank: CriticBank | None = None
        self._pool = tf.function(lambda: public_pool(networks, _POOL)[0])

    @property
    def bank(self) -> CriticBank:
        if self._bank is None:
            adam = Adam(self._config.critic_learning_rate)
            self._bank = CriticBank(self.spec, self.shards.num_shards, self.random(0, 0).integers(2**31), adam)
        return self._bank

    def state(self, folder: Path) -> BankState:
        """The bank for a phase's checkpoint, with its files in `folder`."""
        return BankState(self.bank, folder)

    def random(self, kind: int, step: int) -> np.random.Generator:
        """Public randomness of a step: what needs no secret. `kind` keeps uses apart."""
        return np.random.default_rng([abs(self._config.seed), kind, step])

    def teach(self, critics: np.ndarray, num_steps: int, rng: np.random.Generator) -> None:
        """Some steps of some critics, each named once, on generated images of the generator as it is now."""
        pool = self._pool()
        for start in range(0, len(critics), _AT_ONCE):
            some = critics[start : start + _AT_ONCE]
            self.bank.train(some, self._lessons(some, num_steps, pool, rng))

    def _lessons(self, critics: np.ndarray, num_steps: int, pool: tf.Tensor, rng: np.random.Generator) -> Batches:
        positions = self.shards.draw_positions(critics, num_steps, self._config.critic_batch_size, rng)
        labels = self._dataset.label_batch(positions)
        # A partner of the same class: the choice reads the own shard's labels, and stays with the own critic.
        num_classes = self._networks.shape.num_classes
        partners = labels + num_classes * rng.integers(pool.shape[0] // num_classes, size=labels.shape)
        return Batches(
            tf.constant(self._dataset.batch(positions)),
            tf.gather(pool, partners),
            tf.constant(labels, tf.int32),
            tf.constant(rng.random(labels.shape, dtype=np.float32)),
        )
