# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Is my data enough? What runs of about this size and budget gave, before any image is read.

The table `recorded_runs.csv` has what was measured, and nothing else is told: the runs that are nearest in number of
images and epsilon, and in one sentence how far they are. No figure is interpolated. Needs no TensorFlow.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfdpgan.methods.mean_embedding.plan import MEAN_EMBEDDING
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.training.plan import Plan

_TABLE = Path(__file__).with_name("recorded_runs.csv")
_NUM_SHOWN = 3
_FEW = 5000
_EPSILONS = 1e-6, 1e6  # accountants return 0 for what is smaller, and infinity for what is larger
_GEN2REAL = "gen2real: share of real test images that a classifier reads which has learned from generated ones alone"
_NEAR = math.log(2.0)  # a factor of two in images or in epsilon is near
_FAR = math.log(5.0)


@dataclasses.dataclass(frozen=True)
class RecordedRun:
    """One line of the table.

    Attributes:
        data: what was trained on.
        num_images: N.
        num_classes: C.
        pixels: size and colours.
        method: in words.
        epsilon: at delta 1e-5.
        noise_over_signal: of the release (`noise_over_signal`); None without one.
        found: what was measured or seen.
        source: the page or flagfile that says so.
        public_data: what public images it started from (`--pretrained`); empty for none.
    """

    data: str
    num_images: int
    num_classes: int
    pixels: str
    method: str
    epsilon: float
    noise_over_signal: float | None
    found: str
    source: str
    public_data: str = ""


@dataclasses.dataclass(frozen=True)
class Expectation:
    """What may be expected of a plan.

    Attributes:
        sentence: one, in plain words.
        nearest: the recorded runs that it rests on, the nearest first.
        noise_over_signal: of the plan's release; None without one, or where the classes are not known.
    """

    sentence: str
    nearest: tuple[RecordedRun, ...]
    noise_over_signal: float | None

    def text(self) -> str:
        """The sentence and the table, in lines for a terminal."""
        rows = [("images", "epsilon", "noise/signal", "gave", "data and method")]
        for run in self.nearest:
            shown = "" if run.noise_over_signal is None else f"{run.noise_over_signal:.2g}"
            start = f", from public {run.public_data}" if run.public_data else ""
            about = f"{run.data}, {run.pixels}, {run.num_classes} classes; {run.method}{start} ({run.source})"
            rows.append((str(run.num_images), f"{run.epsilon:g}", shown, run.found, about))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows
        ]
        ratio = self.noise_over_signal
        own = "" if ratio is None else f" Noise over signal of the release: {ratio:.2g}."
        return "\n".join([f"What to expect: {self.sentence}{own}", *(f"  {line}" for line in [*lines, _GEN2REAL])])

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return dataclasses.asdict(self)


@functools.cache
def recorded_runs() -> tuple[RecordedRun, ...]:
    """The table."""
    with open(_TABLE, encoding="utf-8", newline="") as file:
        return tuple(
            RecordedRun(
                row["data"],
                int(row["num_images"]),
                int(row["num_classes"]),
                row["pixels"],
                row["method"],
                float(row["epsilon"]),
                float(row["noise_over_signal"]) if row["noise_over_signal"] else None,
                row["found"],
                row["source"],
                row["public_data"],
            )
            for row in csv.DictReader(file)
        )


def noise_over_signal(plan: Plan, num_classes: int) -> float | None:
    """How large the noise on the release of class-wise means is beside the longest that they can be.

    Each image adds a vector of norm 1 or less to the D features of its class, so a class of N / C images sums to N / C
    at most, and the noise on it has a norm of about s sqrt(D), s the noise multiplier: s C sqrt(D) / N.

    Returns:
        The ratio; None where the plan has no release, or one of scattering features.
    """
    stage = plan.stage(MEAN_EMBEDDING)
    if stage is None:
        return None
    parameters = stage.mechanism.parameters
    if parameters["scattering_length_scales"] != "none":
        return None  # how many features these are, only the images' size says
    scales = [parameters[name] for name in ("length_scales", "classifier_length_scales") if parameters[name] != "none"]
    num_features = 2 * parameters["num_frequencies"] * len(scales)  # scales of one kind share its frequencies
    return float(parameters["noise_multiplier"]) * num_classes * math.sqrt(num_features) / plan.num_examples


def expectation(
    num_examples: int, epsilon: float, ratio: float | None = None, is_pretrained: bool = False
) -> Expectation:
    """What the recorded runs say of so many private images at this epsilon.

    Args:
        num_examples: number of private images.
        epsilon: of the whole run, above 0 and finite.
        ratio: `noise_over_signal` of the plan, where it is known.
        is_pretrained: whether the training starts from public images: then runs that did so come first.
    """
    epsilon = min(max(epsilon, _EPSILONS[0]), _EPSILONS[1])
    ranked = sorted(recorded_runs(), key=lambda run: _distance(run, num_examples, epsilon))
    started = [run for run in ranked if run.public_data]
    alone = [run for run in ranked if not run.public_data]
    if is_pretrained and started:
        sentence, nearest = _sentence_of_start(num_examples, epsilon, started[0]), [*started, *alone]
    else:
        sentence, nearest = _sentence(num_examples, epsilon, alone[:_NUM_SHOWN], started[:1]), alone
    return Expectation(sentence, tuple(nearest[:_NUM_SHOWN]), ratio)


def _distance(run: RecordedRun, num_examples: int, epsilon: float) -> float:
    """Number of images counts in full, epsilon half: between 1 and 10 little is lost (docs/results.md)."""
    images, budgets = _log_ratios(run, num_examples, epsilon)
    return abs(images) + 0.5 * abs(budgets)


def _log_ratios(run: RecordedRun, num_examples: int, epsilon: float) -> tuple[float, float]:
    """Logarithms of images and of epsilon here over those of a recorded run."""
    return math.log(num_examples / run.num_images), math.log(epsilon / run.epsilon)


def _is_far(run: RecordedRun, num_examples: int, epsilon: float) -> bool:
    return max(map(abs, _log_ratios(run, num_examples, epsilon))) > _FAR


def _sentence_of_start(num_examples: int, epsilon: float, best: RecordedRun) -> str:
    far = _is_far(best, num_examples, epsilon)
    return (
        f"what a start from public images gives depends on how much they are like yours. {_measured(best)}"
        f"{', which is far from this plan' if far else ''}."
    )


def _sentence(num_examples: int, epsilon: float, nearest: Sequence[RecordedRun], started: Sequence[RecordedRun]) -> str:
    best, here = nearest[0], f"{num_examples} images at epsilon {epsilon_text(epsilon)}"
    if num_examples < _FEW:
        small = "; ".join(_measured(run) for run in nearest if run.num_images < _FEW)
        return (
            f"{here} are few, so expect clouds or blurred shapes unless they are as plain as digits ({small}). Ten "
            "thousand images or more would help most, or a start from public images like them (--pretrained)"
            f"{': ' if started else ''}{'; '.join(_measured(run) for run in started)}."
        )
    if _is_far(best, num_examples, epsilon):
        return f"nothing near {here} was recorded, and the nearest is far: {_measured(best)}."
    is_less = min(_log_ratios(best, num_examples, epsilon)) < -_NEAR
    return (
        f"{here} are {'less than' if is_less else 'near'} what the nearest recorded run had: {_measured(best)}. Images "
        f"that differ more among themselves give less{', and so does less data or budget' if is_less else ''}."
    )


def _measured(run: RecordedRun) -> str:
    start = f" and a start from {run.public_data}" if run.public_data else ""
    return f"{run.num_images} images ({run.data}) at epsilon {run.epsilon:g}{start} gave {run.found}"
