# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A whole training by a run's method, small enough to be made a thousand times, on images that nobody took.

Its settings are the run's but for the sizes of networks, the number of steps, the learning rate, clip and
loss, which a claim does not speak of. Its noise is that at which it costs
what the run claims, all images in every batch (q = 1), where an attacker has the most to see.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.auditing import crafted
from tfdpgan.auditing.audited_run import CLASSIFIER, SLIM, AuditedRun
from tfdpgan.data.dataset import Dataset
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.released_discriminator import ReleasedDiscriminator
from tfdpgan.methods import generator_training, method_named
from tfdpgan.methods.classifier import training as classifier_training
from tfdpgan.methods.classifier.plan import make_classifier_plan
from tfdpgan.methods.mean_embedding.plan import MEAN_EMBEDDING
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.mechanisms import GradientSanitizer
from tfdpgan.run import RunDirectory
from tfdpgan.training.plan import Plan
from tfdpgan.training.session import Session

_STEPS = 10  # of DP-SGD, or rounds
_GENERATOR_STEPS = 40  # on a release
# So small a clip that every gradient is clipped, and steps so short that what they do adds up in a straight line.
_CLIP, _SLOW = 0.01, 0.1
_DRAWN = 64  # images that an attacker draws
_SHARED_BY = 8  # canaries to a shard


def why_not(audited: AuditedRun) -> str | None:
    """Why no such training can be made of a run; None if it can."""
    if audited.kind == SLIM:
        return "a slim run begins with its teacher's generator; its fine-tuning is the GAN's phase"
    return None


def is_replaced(audited: AuditedRun) -> bool:
    """Whether neighbours have another image in the canary's place, and not one image less."""
    return any(isinstance(stage.mechanism, GradientSanitizer) for stage in audited.stages)


def plan_of(audited: AuditedRun, folder: Path, num_examples: int) -> Plan:
    """The plan of a small training that claims what the run claims.

    Args:
        audited: the run.
        folder: of the training.
        num_examples: crafted images.
    """
    config, claim = audited.config, audited.claim
    common: dict[str, Any] = {
        "model_dir": str(folder),
        "noise_multiplier": None,
        "target_epsilon": claim,
        "steps": _STEPS,
        "steps_per_block": None,
        "tuning_runs": None,
        "microbatches": None,
        "tensorboard": False,
        "public_data": False,
        "non_private": False,
    }
    if audited.kind == CLASSIFIER:
        narrow = {
            "classifier_width": min(4, config.classifier_width),
            "optimizer": "sgd",
            "learning_rate": _SLOW,
            "l2_norm_clip": _CLIP,
            "learning_rate_schedule": "constant",
            "momentum": 0.0,
            "ema_decay": 0.0,
        }
        config = dataclasses.replace(
            config, **common, **narrow, epochs=None, batch_size=num_examples, physical_batch_size=num_examples
        )
        return make_classifier_plan(config, num_examples)
    config = dataclasses.replace(config, **common, **_small_generator(config, num_examples))
    return make_plan(config, num_examples)


def _small_generator(config: Any, num_examples: int) -> dict[str, Any]:
    return {
        "epochs": None,
        "batch_size": num_examples,
        "physical_batch_size": num_examples,
        "optimizer": "sgd",
        "learning_rate": _SLOW,
        "learning_rate_schedule": "constant",
        "discriminator_steps": 1,
        **(
            {"loss": "bce", "l2_norm_clip": _CLIP} if method_named(config.method).reads_batches else {}
        ),  # a hinge may be at rest
        "num_generated": 16,
        "generator_batch_size": 16,
        "samples_every": 10**6,
        "snapshots_every": None,
        "warm_start_steps": _GENERATOR_STEPS if config.method == MEAN_EMBEDDING else 0,
        "warm_start_batch_size": 40,
        "warm_start_noise_multiplier": None,
        "num_frequencies": min(200, config.num_frequencies),
        "pretrained": None,
        "pretrained_is_public": False,
        "pretrained_licence": None,
        "classifier_steps": 0,
        "classifier_length_scales": None,
        "classifier_noise_multiplier": None,
        "generator_width": min(8, config.generator_width),
        "discriminator_width": min(4, config.discriminator_width),
        "critic_width": min(4, config.critic_width),
        "num_critics": max(1, num_examples // _SHARED_BY),
        "critics_per_round": None,
        "critic_warm_up_steps": min(5, config.critic_warm_up_steps),
        "critic_steps": min(2, config.critic_steps),
        "images_per_round": min(8, config.images_per_round),
        "dpac_entry_round": 0,
    }


def dataset_of(audited: AuditedRun, images: np.ndarray, labels: np.ndarray) -> Dataset:
    """Images `[n, h, w, c]` float32 as a data set of the run's form; labels are taken modulo its classes."""
    names = tuple(audited.facts.class_names)
    if not names:
        return Dataset("crafted", images)
    return Dataset("crafted", images, (labels % len(names)).astype(np.int32), names)


def absent(audited: AuditedRun) -> np.ndarray:
    """What stands where a canary is not: an image that contributes nothing, or where one is replaced a black one."""
    value = -1.0 if is_replaced(audited) else math.nan
    return np.full(tuple(audited.facts.image_shape), value, np.float32)


def session_of(audited: AuditedRun, plan: Plan, dataset: Dataset) -> Session:
    """The training, ready to run as any other."""
    if audited.kind == CLASSIFIER:
        return classifier_training.make_session(plan, dataset)
    return generator_training.make_session(plan, dataset)


def scores_of(audited: AuditedRun, run_dir: RunDirectory, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What an attacker makes of a release, for each candidate image, larger for "was in".

    Args:
        audited: the run, for its method.
        run_dir: of the training.
        images: `[n, h, w, c]`, candidates.
        labels: `[n]` of them, below the number of classes.

    Returns:
        `[n]`: minus a released classifier's loss, a released discriminator's logit, or minus the distance of the
        nearest drawn image (GAN-Leaks: Chen et al. 2020).
    """
    if run_dir.classifier.is_dir():
        logits = classifier_training.released_classifier(run_dir)(images, training=False)
        return -tf.nn.sparse_softmax_cross_entropy_with_logits(labels.astype(np.int32), logits).numpy()
    if run_dir.discriminator.is_dir():
        judge = ReleasedDiscriminator.load(run_dir.discriminator).model
        return np.ravel(judge((tf.constant(images), tf.constant(labels, tf.int32)), training=False).numpy())
    generator = ReleasedGenerator.load(run_dir.generator)
    drawn, _ = generator.draw(max(_DRAWN, 2 * generator.shape.num_classes), seed=0)
    return -nearest_distances(images, drawn)


def nearest_distances(images: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """For each image `[n, h, w, c]` its l2 distance from the nearest of those drawn `[m, h, w, c]`: `[n]`."""
    one, other = (each.reshape(len(each), -1).astype(np.float64) for each in (images, drawn))
    squares = np.sum(one**2, axis=1)[:, None] - 2 * one @ other.T + np.sum(other**2, axis=1)
    return np.sqrt(np.maximum(squares.min(axis=1), 0))


def canaries_of(audited: AuditedRun, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of canaries: smooth noise, each another."""
    shape = tuple(audited.facts.image_shape)
    classes = max(1, len(audited.facts.class_names))
    return crafted.ordinary(shape, count, seed=seed + 1), (np.arange(count) % classes).astype(np.int32)
