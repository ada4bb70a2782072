# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What benchmark.py shows and writes: a table, a JSON file, a plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfdpgan.files import atomic

_HEAD = ("model", "batch", "way", "ms", "x plain", "ours is faster", "step MiB", "peak MiB", "steps")
_OURS = ("book_keeping", "at_once")


def render_table(report: dict[str, Any]) -> str:
    """The results as text. "ours is faster": a candidate's time by that of ours (book-keeping; all critics at once)."""
    rows = [_cells(row, report["results"]) for row in report["results"]]
    widths = [max(len(line[column]) for line in [_HEAD, *rows]) for column in range(len(_HEAD))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [_HEAD, *rows]
    ]
    lines += [
        f"{row['model']}, batch {row['batch_size']}, {row['way']}: not measured, {row['unavailable']}"
        for row in report["results"]
        if row["unavailable"]
    ]
    machine = report["machine"]
    lines.append(
        f"{machine['cores']} cores, load {machine['load']} after the run, Python {machine['python']}. Medians; ratios "
        "are medians over rounds, to the plain step of the same framework or to one critic after the other."
    )
    lines += [_epoch_sentence(row) for row in report["results"] if "is_whole_epoch" in row and not row["unavailable"]]
    return "\n".join(lines)


def write(report: dict[str, Any], output_dir: str) -> list[str]:
    """Writes `WHAT.json` and `WHAT.png` into `output_dir`, which is made; returns their paths."""
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    json_path, plot_path = folder / f"{report['what']}.json", folder / f"{report['what']}.png"
    atomic.write_json_atomically(json_path, report)
    plot(report, plot_path)
    return [str(json_path), str(plot_path)]


def plot(report: dict[str, Any], path: Path) -> None:
    """One panel for each model, one group of bars for each batch size: milliseconds (logarithmic) and ratios."""
    from matplotlib.figure import Figure  # no pyplot: nothing global, no display

    measured = [row for row in report["results"] if not row["unavailable"]]
    models = _in_order(row["model"] for row in measured)
    candidates = _in_order(row["way"] for row in measured)
    figure = Figure(figsize=(1 + 5 * len(models), 4.5), layout="constrained")
    for index, model in enumerate(models):
        axes = figure.add_subplot(1, len(models), index + 1)
        rows = [row for row in measured if row["model"] == model]
        _draw_bars(axes, rows, candidates)
        axes.set_title(model)
        if index == 0:
            axes.set_ylabel("milliseconds a step")
    figure.axes[0].legend(fontsize="small")
    figure.savefig(path, dpi=120)


def _draw_bars(axes: Any, rows: Sequence[dict[str, Any]], candidates: Sequence[str]) -> None:
    sizes = _in_order(row["batch_size"] for row in rows)
    width = 0.8 / len(candidates)
    for row in rows:
        index = candidates.index(row["way"])
        bars = axes.bar(
            sizes.index(row["batch_size"]) + (index - (len(candidates) - 1) / 2) * width,
            row["milliseconds"],
            width,
            color=f"C{index}",
            label=row["way"] if row["batch_size"] == sizes[0] else None,
        )
        axes.bar_label(bars, [f"{row['ratio']:.2g}x"], fontsize="x-small")
    axes.set_yscale("log")
    axes.set_xticks(range(len(sizes)), sizes)
    axes.set_xlabel("batch size")


def _cells(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    start = (row["model"], str(row["batch_size"]), row["way"])
    if row["unavailable"]:
        return (*start, *["-"] * (len(_HEAD) - len(start)))
    ours = next(
        (
            other["milliseconds"]
            for other in rows
            if other["way"] in _OURS and (other["model"], other["batch_size"]) == (row["model"], row["batch_size"])
        ),
        None,
    )
    faster = f"{row['milliseconds'] / ours:.2f}" if ours else "-"
    return (
        *start,
        f"{row['milliseconds']:.1f}",
        f"{row['ratio']:.2f}",
        faster,
        f"{row['step_memory_mib']:.0f}",
        f"{row['peak_memory_mib']:.0f}",
        str(row["num_steps"]),
    )


def _epoch_sentence(row: dict[str, Any]) -> str:
    part = "the whole epoch" if row["is_whole_epoch"] else "a PART of the epoch"
    return (
        f"{row['way']}: {row['total_seconds']:.1f} s for {row['num_steps']} of {row['batches_of_an_epoch']} batches, "
        f"{part}."
    )


def _in_order(values: Any) -> list[Any]:
    return list(dict.fromkeys(values))
