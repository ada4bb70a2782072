# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""GS-WGAN's warm-up of critics: python -m tfdpgan.benchmark.warm_up_steps CANDIDATE KIND WIDTH CRITICS BATCH

One step is one warm-up step of every critic, in one call ("at_once") or in a call for each ("one_by_one"), by the
training's own code. The images are noise of MNIST's size; no private data is read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.benchmark.step_worker import Step, serve
from tfdpgan.methods.gswgan.bank import Batches, CriticBank
from tfdpgan.methods.gswgan.critic_spec import CriticSpec
from tfdpgan.models.shapes import ImageShape

_SHAPE = ImageShape(28, 28, 1, 10)


def prepare(candidate: str, kind: str, width: int, num_critics: int, batch_size: int) -> tuple[Step, dict[str, Any]]:
    """The step of a candidate, and facts about it.

    Args:
        candidate: "at_once" or "one_by_one".
        kind: layout of a critic, of gswgan's KINDS.
        width: channels of its first layer.
        num_critics: 1 or more.
        batch_size: real images in a critic's step, and as many generated ones.

    Returns:
        The step, and facts as JSON data.
    """
    spec = CriticSpec(_SHAPE, kind, width)
    bank = CriticBank(spec, num_critics, seed=0)
    candidates: dict[str, Callable[[], Step]] = {
        "at_once": lambda: _training(bank, [np.arange(num_critics)], batch_size),
        "one_by_one": lambda: _training(bank, [np.array([critic]) for critic in range(num_critics)], batch_size),
    }
    facts = {"framework": f"tensorflow {tf.__version__}", "num_weights": spec.num_weights(), "num_critics": num_critics}
    return candidates[candidate](), facts


def _training(bank: CriticBank, calls: list[np.ndarray], batch_size: int) -> Step:
    batches = _noise(bank.spec, len(calls[0]), batch_size)

    def step() -> None:
        for critics in calls:
            bank.train(critics, batches).numpy()

    return step


def _noise(spec: CriticSpec, num_critics: int, batch_size: int) -> Batches:
    shape = (1, num_critics, batch_size)
    real, generated = (tf.random.uniform([*shape, *spec.shape[:3]], -1, 1) for _ in range(2))
    labels = tf.random.uniform(shape, maxval=spec.shape.num_classes, dtype=tf.int32)
    return Batches(real, generated, labels, tf.random.uniform(shape))


if __name__ == "__main__":
    serve(lambda: prepare(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
