# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The figures of a sweep, those of Wincott 2020: samples, each measure against epsilon, quality over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure  # no pyplot: nothing global, no display
from matplotlib.ticker import NullLocator

from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.sweep.curves import CURVES, Curve
from tfdpgan.sweep.runs import VARIANT

_DPI = 130
_COLORS = ("tab:red", "tab:blue")  # lowest epsilon, highest epsilon


def write(report: dict[str, Any], samples: dict[str, np.ndarray], folder: str) -> list[str]:
    """Draws every figure.

    Args:
        report: of `sweep.run`.
        samples: images `[n, h, w, c]` uint8 for each level, by its name.
        folder: exists.

    Returns:
        The paths of the PNGs.
    """
    shown = [each for each in CURVES if each.name in report["levels"][0]["measures"]]
    has_order = report["varied"] != VARIANT
    titles = [
        f"$\\epsilon$ = {_rounded_up(each['epsilon'])}" if has_order else each["name"] for each in report["levels"]
    ]
    figures = {"samples.png": _samples(report["levels"], titles, samples)}
    if has_order:
        figures |= {each.figure: _against_epsilon(report, each) for each in shown}
        figures["over_epochs.png"] = _over_epochs(report, shown)
    paths = []
    for name, figure in figures.items():
        path = Path(folder) / name
        figure.savefig(path, dpi=_DPI)
        paths.append(str(path))
    return paths


def _samples(levels: Sequence[dict[str, Any]], titles: Sequence[str], samples: dict[str, np.ndarray]) -> Figure:
    """One row for each level, in their order."""
    num_columns = len(samples[levels[0]["name"]])
    figure = Figure(figsize=(0.8 + 0.5 * num_columns, 0.3 + 0.55 * len(levels)), layout="constrained")
    rows = figure.subplots(len(levels), 1, squeeze=False)[:, 0]
    for axes, level, title in zip(rows, levels, titles, strict=True):
        padded = np.pad(samples[level["name"]], ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=255)
        strip = np.concatenate(list(padded), axis=1)
        axes.imshow(strip.squeeze(-1) if strip.shape[-1] == 1 else strip, cmap="gray", vmin=0, vmax=255)
        axes.set_ylabel(title, rotation=0, ha="right", va="center")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    return figure


def _rounded_up(epsilon: float) -> str:
    """As on the card, never less than epsilon, without trailing zeros: 0.9995 reads 1."""
    return f"{float(epsilon_text(epsilon, 3)):g}"


def _against_epsilon(report: dict[str, Any], curve: Curve) -> Figure:
    """Mean with its standard deviation, and each run as a dot."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    levels = report["levels"]
    epsilons = [level["epsilon"] for level in levels]
    spreads = [level["measures"][curve.name] for level in levels]
    for epsilon, spread in zip(epsilons, spreads, strict=True):
        values = _scaled(spread["values"], curve)
        axes.plot([epsilon] * len(values), values, "o", color="tab:gray", markersize=3, zorder=1)
    axes.errorbar(
        epsilons,
        _scaled([spread["mean"] for spread in spreads], curve),
        yerr=_scaled([spread["standard_deviation"] for spread in spreads], curve),
        marker="o",
        capsize=3,
        color="tab:blue",
        zorder=2,
    )
    axes.set_xscale("log")
    axes.set_xticks(epsilons, [_rounded_up(epsilon) for epsilon in epsilons])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(f"$\\epsilon$  (one run, $\\delta$ = {report['delta']:g})")
    _label(axes, report, curve)
    correlation = report["rank_correlation"][curve.name]
    num_runs = len(levels[0]["runs"])
    runs = f"mean and standard deviation over {num_runs} runs" if num_runs > 1 else "one run"
    title = f"{report['dataset']}: {runs}"
    axes.set_title(title if correlation is None else f"{title}\nrank correlation {correlation:+.2f}", fontsize="medium")
    return figure


def _over_epochs(report: dict[str, Any], curves: Sequence[Curve]) -> Figure:
    """One panel for each curve: the lowest and the highest epsilon, with the spread over the seeds."""
    levels = report["levels"]
    ends = [levels[0], levels[-1]] if len(levels) > 1 else [levels[0]]
    num_rows = -(-len(curves) // 2)
    figure = Figure(figsize=(10, 3.5 * num_rows), layout="constrained")
    panels = figure.subplots(num_rows, 2, squeeze=False).flatten()
    for unused in panels[len(curves) :]:
        unused.remove()
    in_epochs = levels[0]["checkpoints"][0]["epochs"] is not None
    for axes, curve in zip(panels[: len(curves)], curves, strict=True):
        for level, color in zip(ends, _COLORS, strict=False):
            points = level["checkpoints"]
            x = [point["epochs"] if in_epochs else point["step"] for point in points]
            mean = _scaled([point["measures"][curve.name]["mean"] for point in points], curve)
            deviation = _scaled([point["measures"][curve.name]["standard_deviation"] for point in points], curve)
            axes.plot(x, mean, "o-", color=color, label=f"$\\epsilon$ = {_rounded_up(level['epsilon'])}")
            axes.fill_between(x, mean - deviation, mean + deviation, color=color, alpha=0.15, linewidth=0)
        axes.set_xlabel("epochs (expected passes over the images)" if in_epochs else "generator steps")
        _label(axes, report, curve)
    panels[0].legend()
    return figure


def _label(axes: Any, report: dict[str, Any], curve: Curve) -> None:
    unit = ", %" if curve.is_share else ""
    axes.set_ylabel(f"{curve.title.format(**report)}{unit}\n({curve.better} is better)")
    axes.grid(alpha=0.3)
    if curve.ideal is not None:
        ideal = _scaled([curve.ideal], curve)[0]
        axes.axhline(ideal, color="tab:green", linestyle="--", linewidth=1)
        axes.annotate("perfect", (0.01, ideal), xycoords=("axes fraction", "data"), va="bottom", color="tab:green")


def _scaled(values: Sequence[float], curve: Curve) -> np.ndarray:
    return np.asarray(values) * (100 if curve.is_share else 1)
