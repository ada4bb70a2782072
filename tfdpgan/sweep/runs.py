# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Trains at several points (noises, budgets, variants) with several seeds, and judges every run on its way.

Everything that was finished stays: a run that has released its generator is not trained again, a generator that has
been judged by the same settings is not judged again, and a run that was killed goes on from its checkpoint.
"""

from __future__ import annotations

import dataclasses
import gc
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dp_accounting
import numpy as np
from scipy import stats

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.pixels import to_uint8
from tfdpgan.evaluation.spread import Spread
from tfdpgan.files import atomic
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods import method_named
from tfdpgan.methods.planning import make_plan, with_settings
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.run_ledger import open_ledger
from tfdpgan.sweep.config import Level, SweepConfig
from tfdpgan.sweep.curves import CURVES
from tfdpgan.sweep.generator_evaluator import GeneratorEvaluator
from tfdpgan.training.plan import Plan, compose

_QUALITY_FILE = "sweep_quality.json"
_NUM_SAMPLES = 20  # in the row of each level
VARIANT = "variant"  # what is varied where points have no order

Train = Callable[[Plan, Dataset], Any]
Checkpoints = dict[int, dict[str, float]]  # step -> measure -> value


def run(config: SweepConfig, dataset: Dataset, train: Train, announce: Callable[[str], None]) -> dict[str, Any]:
    """Trains and judges every run, or those that are left to do.

    Args:
        config: the sweep.
        dataset: the images, with test images.
        train: trains by a plan, or returns at once where the run has been trained.
        announce: shown what happens, a line at a time.

    Returns:
        The report, JSON data: `levels` by rising epsilon (variants: as they were given), each with `epsilon` (the
        largest that a ledger of its runs has), `measures` (mean, standard_deviation and values over the seeds) and
        `checkpoints`; `rank_correlation` of each measure's mean with epsilon (Spearman; None for one level, nothing for
        variants); `epsilon_of_all_runs`, the price of letting all of them out.

    Raises:
        ValueError: for settings or data that cannot be used; finished runs stay.
    """
    plans = {level.name: _plans(level, dataset.num_examples, config.checkpoints) for level in config.levels()}
    for name, of_level in plans.items():
        noise, epsilon = of_level[0].noise_multiplier, epsilon_text(of_level[0].epsilon)
        announce(f"{name}: noise multiplier {noise:.4g}, planned epsilon {epsilon}, {len(of_level)} runs")
    every_plan = [plan for of_level in plans.values() for plan in of_level]
    planned = [compose(plan.stages) for plan in every_plan]
    price = epsilon_text(_epsilon_of_all(planned, config))
    announce(f"All runs together will cost epsilon {price}, or more if one crashes: the price of letting all out.")
    judge = GeneratorEvaluator(config, dataset)
    levels = []
    for level in config.levels():
        judged = []
        for plan in plans[level.name]:
            announce(f"{level.name}, seed {plan.config.seed}")
            train(plan, dataset)
            judged.append(_judge_run(plan, judge))
            gc.collect()  # the networks of a run refer to each other in circles
        levels.append(_level_report(level, plans[level.name], judged))
    if config.varied != VARIANT:
        levels.sort(key=lambda level: level["epsilon"])
    epsilon_of_all = _epsilon_of_all([_ledger(plan).event() for plan in every_plan], config)
    announce(f"All runs together cost epsilon {epsilon_text(epsilon_of_all)}, as their ledgers have it.")
    return {
        "varied": config.varied,
        "delta": config.delta,
        "dataset": dataset.name,
        "num_examples": dataset.num_examples,
        **judge.facts,
        "epsilon_of_all_runs": epsilon_of_all,
        "levels": levels,
        "rank_correlation": {} if config.varied == VARIANT else _rank_correlations(levels),
    }


def sample_rows(report: dict[str, Any], sweep_dir: str) -> dict[str, np.ndarray]:
    """For each level images `[20, h, w, c]` uint8 of its first run, of the same latents, classes in turn."""
    rows = {}
    for level in report["levels"]:
        generator = ReleasedGenerator.load(RunDirectory(Path(sweep_dir) / level["runs"][0]).generator)
        labels = np.arange(_NUM_SAMPLES) % generator.shape.num_classes
        rows[level["name"]] = to_uint8(generator.draw(_NUM_SAMPLES, labels, seed=0)[0])
    return rows


def render_table(report: dict[str, Any]) -> str:
    """The levels as text: mean and standard deviation over the seeds, then what correlates with epsilon."""
    shown = [each for each in CURVES if each.name in report["levels"][0]["measures"]]
    names = [VARIANT] if report["varied"] == VARIANT else []
    lines = [[*names, "epsilon", "noise", "runs", *[each.title.format(**report) for each in shown]]]
    for level in report["levels"]:
        cells = [level["name"]] if names else []
        cells += [epsilon_text(level["epsilon"]), f"{level['noise_multiplier']:.3g}", str(len(level["runs"]))]
        for each in shown:
            spread = level["measures"][each.name]
            scale, unit = (100, " %") if each.is_share else (1, "")
            cells.append(f"{scale * spread['mean']:.2f} +- {scale * spread['standard_deviation']:.2f}{unit}")
        lines.append(cells)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    table = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    for each in shown:
        correlation = report["rank_correlation"].get(each.name)
        if correlation is not None:
            title = each.title.format(**report)
            table.append(f"rank correlation of {title} with epsilon: {correlation:+.2f} ({each.better} is better)")
    if report["reads_private_training_images"]:
        table.append("OUTSIDE THE GUARANTEE: these figures were computed from private training images, without noise.")
    return "\n".join(table)


def _plans(level: Level, num_examples: int, checkpoints: int) -> list[Plan]:
    """One for each seed; the noise for a budget is searched once."""
    first = make_plan(level.runs[0], num_examples)
    every = first.config.snapshots_every or -(-method_named(first.config.method).num_steps(first.config) // checkpoints)
    return [
        with_settings(first, seed=settings.seed, model_dir=settings.model_dir, snapshots_every=every)
        for settings in level.runs
    ]


def _ledger(plan: Plan) -> Ledger:
    """What the run has taken, which after a crash is more than its plan says."""
    return open_ledger(RunDirectory(plan.config.model_dir), plan.config.accountant)


def _epsilon_of_all(events: Sequence[dp_accounting.DpEvent], config: SweepConfig) -> float:
    return accounting.epsilon(dp_accounting.ComposedDpEvent(events), config.delta, config.accountant)


def _judge_run(plan: Plan, judge: GeneratorEvaluator) -> Checkpoints:
    """The measures of each generator that the run left, from the run's folder where they are known."""
    run_dir = RunDirectory(plan.config.model_dir)
    is_private = judge.facts["reads_private_training_images"]
    path = (run_dir.make_private() if is_private else run_dir.path) / _QUALITY_FILE
    known = json.loads(path.read_text()) if path.exists() else {}
    checkpoints = known["checkpoints"] if known.get("facts") == judge.facts else {}
    last = method_named(plan.config.method).num_steps(plan.config)
    kept = [(step, folder) for step, folder in run_dir.snapshots() if step < last]
    for step, folder in [*kept, (last, run_dir.generator)]:
        if str(step) not in checkpoints:
            checkpoints[str(step)] = judge(ReleasedGenerator.load(folder), plan.config.seed)
            atomic.write_json_atomically(path, {"facts": judge.facts, "checkpoints": checkpoints})
    return {int(step): values for step, values in checkpoints.items()}


def _level_report(level: Level, plans: Sequence[Plan], judged: Sequence[Checkpoints]) -> dict[str, Any]:
    first = plans[0]
    last = method_named(first.config.method).num_steps(first.config)
    common = sorted(set.intersection(*(set(checkpoints) for checkpoints in judged)))
    return {
        "name": level.name,
        "value": level.value,
        "noise_multiplier": first.noise_multiplier,
        "epsilon": max(_ledger(plan).epsilon(plan.config.delta) for plan in plans),
        "runs": [f"{level.name}/{Path(plan.config.model_dir).name}" for plan in plans],
        "measures": _spreads(judged, last),
        "checkpoints": [
            {"step": step, "epochs": _epochs(first, step), "measures": _spreads(judged, step)} for step in common
        ],
    }


def _spreads(judged: Sequence[Checkpoints], step: int) -> dict[str, Any]:
    names = judged[0][step]
    return {name: dataclasses.asdict(Spread.of([checkpoints[step][name] for checkpoints in judged])) for name in names}


def _epochs(plan: Plan, step: int) -> float | None:
    """Passes over the data in expectation; None where the steps read no data."""
    if not plan.stages:
        reads_batches = method_named(plan.config.method).reads_batches
        return step * plan.config.batch_size / plan.num_examples if reads_batches else None
    batch_size = getattr(plan.stages[-1].mechanism, "expected_batch_size", None)
    return None if batch_size is None else step * batch_size / plan.num_examples


def _rank_correlations(levels: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """Spearman's, of each measure's mean with epsilon; None where there is one level, or no difference at all."""
    epsilons = [level["epsilon"] for level in levels]
    correlations: dict[str, float | None] = {}
    for name in levels[0]["measures"]:
        means = [level["measures"][name]["mean"] for level in levels]
        varied = len(set(epsilons)) > 1 and len(set(means)) > 1
        correlations[name] = float(stats.spearmanr(epsilons, means).statistic) if varied else None
    return correlations
