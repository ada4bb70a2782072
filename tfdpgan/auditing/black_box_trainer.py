# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes the same small training again and again, with a canary and without: a second each, once it is traced.

Fifty black images, and beside them, or not, one canary, the only one of its class. Everything but noise starts anew
each time from the same state: weights, optimizers, latents. What is kept of a training is what an attacker sees of what
it releases.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.auditing import crafted_training
from tfdpgan.auditing.audited_run import CLASSIFIER, AuditedRun, open_run
from tfdpgan.methods.classifier.training import ClassifierTraining
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.methods.mean_embedding.plan import MEAN_EMBEDDING
from tfdpgan.models.latents import draw_latents
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.training.plan import Plan

NUM_IMAGES = 51  # the canary's place among them
_DRAWN = 32
_POOLED = 4  # the side of the mean image that an attacker looks at


class Trainer:
    """One kind of training.

    Args:
        audited: the run whose method and settings it has.
        folder: an empty one.

    Attributes:
        plan: of one training.
    """

    def __init__(self, audited: AuditedRun, folder: Path) -> None:
        shape = tuple(audited.facts.image_shape)
        self._classes = max(1, len(audited.facts.class_names))
        board = np.indices(shape[:2]).sum(axis=0) // 4 % 2 * 2.0 - 1
        self._canary = np.repeat(board[..., None], shape[2], axis=2).astype(np.float32)
        self._absent = crafted_training.absent(audited)
        self._label = self._classes - 1
        self._pixels = np.full((NUM_IMAGES, *shape), -1.0, np.float32)
        labels = np.zeros(NUM_IMAGES, np.int32)
        labels[0] = self._label
        dataset = crafted_training.dataset_of(audited, self._pixels, labels)
        self.plan: Plan = crafted_training.plan_of(audited, folder / "run", NUM_IMAGES)
        self._folder = folder
        run_dir = RunDirectory(folder / "run")
        self._recipe: Any
        if audited.kind == CLASSIFIER:
            self._recipe = ClassifierTraining(self.plan, dataset, run_dir)
        else:
            self._recipe = GeneratorTraining(self.plan, dataset, run_dir)
            size = self._recipe.networks.latent_dim
            self._latents = draw_latents(tf.random.Generator.from_seed(0), _DRAWN, size)
        self._phases = [planned.make() for planned in self._recipe.phases]
        self._release = run_dir.checkpoints / MEAN_EMBEDDING / "release.npy"
        states = [tf.train.Checkpoint(**phase.trackables) for phase in self._phases]
        self._states = [(state, state.write(str(folder / f"state_{place}"))) for place, state in enumerate(states)]
        self._features = tf.function(self._seen_of_classifier if audited.kind == CLASSIFIER else self._seen_of_gan)

    def train(self, has_canary: bool) -> list[float]:
        """One training from the beginning; returns what an attacker measures of its release."""
        self._pixels[0] = self._canary if has_canary else self._absent
        for state, path in self._states:
            state.restore(path)
        self._release.unlink(missing_ok=True)
        ledger = self._fresh_ledger()
        for phase in self._phases:
            phase.prepare(ledger, 0)
            for step in range(phase.num_steps):
                phase.step(step)
        return [float(value) for value in self._features().numpy()]

    def _fresh_ledger(self) -> Ledger:
        path = self._folder / "ledger.json"
        path.unlink(missing_ok=True)
        ledger = Ledger.start(path, self.plan.config.accountant)
        for stage in self.plan.stages:
            ledger.declare(stage.name, stage.mechanism)
        return ledger

    def _seen_of_gan(self) -> tf.Tensor:
        networks = self._recipe.networks
        images = networks.averaged.model((self._latents, tf.fill([_DRAWN], self._label)), training=False)
        distances = tf.reduce_sum((images - self._canary) ** 2, axis=[1, 2, 3])
        mean = tf.image.resize(tf.reduce_mean(images, axis=0), [_POOLED, _POOLED], method="area")
        seen = [tf.reshape(-tf.reduce_min(distances), [1]), tf.reshape(-tf.reduce_mean(distances), [1])]
        if self._recipe._keeps_discriminator:
            pair = tf.stack([self._canary, tf.fill(self._canary.shape, -1.0)])
            logits = tf.reshape(networks.discriminator((pair, tf.fill([2], self._label)), training=False), [2])
            seen += [logits, logits[:1] - logits[1:]]
        return tf.concat([*seen, tf.reshape(mean, [-1])], axis=0)

    def _seen_of_classifier(self) -> tf.Tensor:
        pair = tf.stack([self._canary, tf.fill(self._canary.shape, -1.0)])
        logits = self._recipe.classifier.released(pair, training=False)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.fill([2], self._label), logits)
        return tf.concat([-loss, tf.reshape(logits, [-1])], axis=0)


@functools.cache
def _trainer(model_dir: str) -> Trainer:
    return Trainer(open_run(model_dir), Path(tempfile.mkdtemp(dir=_folder().name)))


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Of this process; goes with it."""
    return tempfile.TemporaryDirectory(prefix="tfdpgan_audit_")


def train(model_dir: str, has_canary: bool) -> list[float]:
    """One training in this process, by the run in `model_dir`."""
    return _trainer(model_dir).train(has_canary)
