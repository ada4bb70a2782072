# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""GS-WGAN's warm-up, many critics in one call against one after the other:

    python -m tfdpgan.benchmark.critic_warm_up --num_critics=100 --kind=patch --width=8 --batch_size=8

Both ways call the same code, in turns: a call trains n critics or one. The images are noise; no private data is read.
The figures of the two ways come from the same seconds of the machine, so their ratio stands whoever else works on it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.methods.gswgan.bank import Batches, CriticBank
from tfdpgan.methods.gswgan.critic_spec import CriticSpec
from tfdpgan.models.shapes import ImageShape

_SHAPE = ImageShape(28, 28, 1, 10)
_AT_A_TIME = 20  # single critics that are timed in a round; their time is scaled to all


def measure_warm_up(
    spec: CriticSpec, num_critics: int, batch_size: int, steps_per_call: int = 1, num_rounds: int = 7
) -> dict[str, Any]:
    """Milliseconds for one warm-up step of all critics, both ways, wall clock and processor.

    Args:
        spec: of the critics.
        num_critics: n, 20 or more.
        batch_size: real images in a step, and as many generated ones.
        steps_per_call: steps between two calls from Python, in both ways.
        num_rounds: of both ways in turns; medians are over these.

    Returns:
        "one_by_one_ms", "at_once_ms", their "ratio", and the same of processor time.
    """
    bank = CriticBank(spec, num_critics, seed=0)
    one, all_of_them = (_noise(spec, steps_per_call, count, batch_size) for count in (1, num_critics))
    everybody, some = np.arange(num_critics), np.linspace(0, num_critics - 1, _AT_A_TIME, dtype=int)

    def one_by_one() -> None:
        for critic in some:
            bank.train(np.array([critic]), one).numpy()

    def at_once() -> None:
        bank.train(everybody, all_of_them).numpy()

    for work in (one_by_one, at_once):  # traced
        work()
    scale = 1000 / steps_per_call
    rounds = [(_seconds(one_by_one), _seconds(at_once)) for _ in range(num_rounds)]
    result: dict[str, Any] = {"num_critics": num_critics, "batch_size": batch_size, "weights": spec.num_weights()}
    for clock, prefix in enumerate(("", "processor_")):
        alone = [each[0][clock] * scale * num_critics / _AT_A_TIME for each in rounds]
        together = [each[1][clock] * scale for each in rounds]
        result[f"{prefix}one_by_one_ms"], result[f"{prefix}at_once_ms"] = map(statistics.median, (alone, together))
        result[f"{prefix}ratio"] = statistics.median(a / t for a, t in zip(alone, together, strict=True))
    return result


def _seconds(work: Callable[[], None]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def _noise(spec: CriticSpec, num_steps: int, num_critics: int, batch_size: int) -> Batches:
    shape = (num_steps, num_critics, batch_size)
    real, generated = (tf.random.uniform([*shape, *spec.shape[:3]], -1, 1) for _ in range(2))
    labels = tf.random.uniform(shape, maxval=spec.shape.num_classes, dtype=tf.int32)
    return Batches(real, generated, labels, tf.random.uniform(shape))


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--num_critics", type=int, default=100)
    parser.add_argument("--kind", default="patch")
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--steps_per_call", type=int, default=1)
    parser.add_argument("--spectral_norm", action="store_true")
    given = parser.parse_args()
    spec = CriticSpec(_SHAPE, given.kind, given.width, given.spectral_norm)
    print(json.dumps(measure_warm_up(spec, given.num_critics, given.batch_size, given.steps_per_call)))


if __name__ == "__main__":
    main()
