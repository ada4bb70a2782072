# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Samplers on the ring of Gaussians: share near a mode and balance over modes, over seeds, and the picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.files import atomic
from tfdpgan.files.atomic import write_bytes_atomically
from tfdpgan.generation.samplers import acceptance
from tfdpgan.generation.samplers.refinement import Refinement
from tfdpgan.testbeds import ring
from tfdpgan.testbeds.ring_config import RingConfig

ROWS = ("real", "plain", "rejection", "metropolis", "refinement", "collaborative")
_WAY_OUT = "give a smaller --rejection_percentile."
_COLUMNS = ("share_within_3_std", "balance", "share_within_4_std")


def run(config: RingConfig, announce: Callable[[str], None]) -> tuple[dict[str, Any], list[str]]:
    """Trains, shapes, draws and judges for each seed.

    Rows: real points; plain ones; rejection sampling and Metropolis-Hastings with a discriminator that went on learning
    from plain points; refinement by a discriminator that was shaped as long; and collaborative sampling as in the
    paper's code, which is that refinement and Metropolis-Hastings among the refined points.

    Returns:
        The content of ring.json (for each row and figure the mean and the values of the seeds), and the paths written.
    """
    found: dict[str, list[dict[str, float]]] = {row: [] for row in ROWS}
    first: dict[str, np.ndarray] = {}
    for seed in range(config.seed, config.seed + config.seeds):
        points = points_of(config, seed)
        first = first or points
        for row, drawn in points.items():
            found[row].append(
                {
                    "share_within_3_std": ring.share_near_a_mode(drawn),
                    "balance": ring.balance_over_modes(drawn),
                    "share_within_4_std": ring.share_near_a_mode(drawn, 4.0),
                }
            )
        announce(
            f"seed {seed}: share within 3 std, balance: "
            + "; ".join(f"{row} {v[-1]['share_within_3_std']:.3f}, {v[-1]['balance']:.3f}" for row, v in found.items())
        )
    rows = {row: {name: _mean([each[name] for each in values]) for name in _COLUMNS} for row, values in found.items()}
    content = {"rows": rows, "settings": dataclasses.asdict(config)}
    folder = Path(config.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write_json_atomically(folder / "ring.json", content)
    write_bytes_atomically(folder / "ring.png", _picture(first, found))
    return content, [str(folder / "ring.json"), str(folder / "ring.png")]


def points_of(config: RingConfig, seed: int) -> dict[str, np.ndarray]:
    """The points `[num_points, 2]` of every row, for one seed."""
    gan = ring.RingGAN(config.batch_size, seed)
    gan.train(config.training_steps)
    refinement = Refinement(config.refine_steps, config.refine_rate, "adam", config.refine_until)
    calibrated = gan.shaped(config.shaping_steps, config.shaping_batch_size, None)
    shaped = gan.shaped(config.shaping_steps, config.shaping_batch_size, refinement)
    refiner = ring.refiner_of(shaped, refinement)
    draw = ring_drawer(gan, config.batch_size)

    def refined(count: int) -> np.ndarray:
        return refiner(tf.constant(draw(count))).outputs.numpy()

    rng = tf.random.Generator.from_seed(seed + 1)
    random = np.random.default_rng([seed, 1])
    return {
        "real": ring.real_points(rng, config.num_points).numpy(),
        "plain": draw(config.num_points),
        "rejection": _chosen("rejection", draw, calibrated, config, random),
        "metropolis": _chosen("metropolis", draw, calibrated, config, random),
        "refinement": refined(config.num_points),
        "collaborative": _chosen("metropolis", refined, shaped, config, random),
    }


def ring_drawer(gan: ring.RingGAN, batch_size: int) -> Callable[[int], np.ndarray]:
    """Draws any number of points, always normalised by batches of the training's size."""

    def draw(count: int) -> np.ndarray:
        batches = [gan.draw(batch_size).numpy() for _ in range(-(-count // batch_size))]
        return np.concatenate(batches)[:count]

    return draw


def _chosen(
    kind: str,
    draw: Callable[[int], np.ndarray],
    judge: keras.Sequential,
    config: RingConfig,
    random: np.random.Generator,
) -> np.ndarray:
    kept = np.empty([config.num_points, 2], np.float32)
    proposals = kept

    def propose(slots: np.ndarray) -> np.ndarray:
        nonlocal proposals
        proposals = draw(len(slots))
        return ring.logits_of(judge, proposals)

    def keep(slots: np.ndarray, rows: np.ndarray) -> None:
        kept[slots] = proposals[rows]

    if kind == "metropolis":
        acceptance.metropolis(config.num_points, config.metropolis_steps, propose, keep, random)
    else:
        burn_in = propose(np.arange(config.num_points))
        rejection = acceptance.Rejection(burn_in, config.rejection_percentile, random)
        acceptance.fill(config.num_points, propose, keep, lambda slots, logits: rejection.accepts(logits), _WAY_OUT)
    return kept


def _mean(values: list[float]) -> dict[str, Any]:
    return {"mean": float(np.mean(values)), "values": values}


def render_table(content: dict[str, Any]) -> str:
    """The table for a terminal: mean over the seeds, and in brackets each seed's."""
    lines = [f"{'':15s}{'within 3 std of a mode':30s}{'balance over modes':30s}"]
    for row, figures in content["rows"].items():
        cells = [_cell(figures[name]) for name in _COLUMNS[:2]]
        lines.append(f"{row:15s}{cells[0]:30s}{cells[1]:30s}")
    return "\n".join(lines)


def _cell(spread: dict[str, Any]) -> str:
    return f"{spread['mean']:.3f} ({', '.join(f'{value:.3f}' for value in spread['values'])})"


def _picture(points: dict[str, np.ndarray], found: dict[str, list[dict[str, float]]]) -> bytes:
    """One panel for each row, of the first seed, as PNG."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6.4), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (row, drawn) in zip(figure.subplots(2, 3).flat, points.items(), strict=True):
        axes.scatter(*drawn[:3000].T, s=1.5, linewidths=0, alpha=0.5, color="tab:blue")
        for centre in ring.CENTRES:
            circle = 2 * np.pi * np.linspace(0, 1, 40)
            radius = 3 * ring.STANDARD_DEVIATION
            axes.plot(centre[0] + radius * np.cos(circle), centre[1] + radius * np.sin(circle), "k-", linewidth=0.5)
        figures = found[row][0]
        axes.set_title(f"{row}: {figures['share_within_3_std']:.2f} near, balance {figures['balance']:.2f}", fontsize=9)
        axes.set(xlim=(-9.5, 9.5), ylim=(-9.5, 9.5), aspect="equal", xticks=[], yticks=[])
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
