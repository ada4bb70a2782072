# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What slimming leaves to read: slimming.json, a table, and one HTML page with before and after side by side."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.data.pixels import to_data_url
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.privacy import atomic_file
from tfdpgan.privacy.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.slimming.complexity import Complexity, measure_complexity

_TEMPLATE = Path(__file__).with_name("slim_report.html.j2")
_NUM_SHOWN = 64
_NUM_COMPARED = 512

ImageGrid = Callable[[np.ndarray, int], np.ndarray]


def compare(teacher: ReleasedGenerator, slim: ReleasedGenerator, ledger: Ledger, settings: Any) -> dict[str, Any]:
    """The content of slimming.json.

    Args:
        teacher: before.
        slim: after.
        ledger: of the slim run.
        settings: of the slim run.
    """
    before, after = (measure_complexity(each.model, each.config.latent_dim) for each in (teacher, slim))
    bits, epsilon = settings.bits, ledger.epsilon(settings.delta)
    rng = np.random.default_rng(0)
    latents = rng.standard_normal((_NUM_COMPARED, teacher.config.latent_dim), np.float32)
    labels = np.arange(_NUM_COMPARED, dtype=np.int32) % teacher.shape.num_classes
    difference = np.mean((teacher.images_of(latents, labels) - slim.images_of(latents, labels)) ** 2, dtype=np.float64)
    return {
        "model_dir": settings.model_dir, "teacher_dir": settings.teacher_dir,
        "epsilon": epsilon if math.isfinite(epsilon) else "infinity", "delta": settings.delta,
        "fine_tuning_steps": settings.fine_tuning_steps,
        "bits": bits, "quantizer": settings.quantizer if bits < 32 else None,
        "channels_before": _channels(teacher), "channels_after": _channels(slim),
        "before": before.to_json(), "after": after.to_json(),
        "compute_ratio": before.macs / after.macs,
        "compute_ratio_at_output": before.mflops_at_output / after.mflops_at_output,
        "size_ratio": before.num_bytes(32) / after.num_bytes(bits),
        "psnr_db": 10 * math.log10(4 / difference) if difference else math.inf,
    }


def render_table(content: dict[str, Any]) -> str:
    """Before and after, in aligned columns."""
    rows = [("", "before", "after", "ratio"), *comparison_rows(content)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in (1, 2, 3))]) for row in rows]
    return "\n".join([*lines, f"epsilon = {epsilon_text(content)} at delta = {content['delta']:g}"])


def comparison_rows(content: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Name, before, after, ratio of each quantity."""
    before, after = content["before"], content["after"]

    def row(name: str, one: float, other: float, form: str) -> tuple[str, str, str, str]:
        return name, format(one, form), format(other, form), f"{one / other:.2f}"

    channels = sum(content["channels_before"]), sum(content["channels_after"])
    sizes = [
        row(f"megabytes at {bits} bits", before["bytes"][bits] / 1e6, after["bytes"][bits] / 1e6, ".3f")
        for bits in before["bytes"]
    ]
    shipped = before["bytes"]["32"] / 1e6, after["bytes"][str(content["bits"])] / 1e6
    return [
        row("channels", *channels, ","), row("parameters", before["parameters"], after["parameters"], ","),
        row("multiply-accumulates, millions", before["macs"] / 1e6, after["macs"] / 1e6, ".2f"),
        row("the same at output resolution, / 2^20", before["mflops_at_output"], after["mflops_at_output"], ".1f"),
        *sizes, row(f"megabytes, 32 bits against {content['bits']}", *shipped, ".3f"),
    ]


def epsilon_text(content: dict[str, Any]) -> str:
    """Epsilon with four digits, or "infinity"."""
    return content["epsilon"] if isinstance(content["epsilon"], str) else f"{content['epsilon']:.4g}"


def write(
    content: dict[str, Any], teacher: ReleasedGenerator, slim: ReleasedGenerator, run_dir: RunDirectory,
    image_grid: ImageGrid,
) -> list[str]:
    """Writes `slimming.json` and `slimming.html` into the slim run; returns their paths."""
    import jinja2

    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, autoescape=True
    )
    latents = np.random.default_rng(1).standard_normal((_NUM_SHOWN, teacher.config.latent_dim), np.float32)
    labels = np.arange(_NUM_SHOWN, dtype=np.int32) % teacher.shape.num_classes
    columns = 8 if teacher.shape.num_classes == 1 else min(teacher.shape.num_classes, 10)
    grids = [to_data_url(image_grid(each.images_of(latents, labels), columns)) for each in (teacher, slim)]
    page = environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        content=content, rows=comparison_rows(content), epsilon=epsilon_text(content), before=grids[0], after=grids[1],
        tables=[_complexity_table(each) for each in (teacher, slim)], curve=_curve(run_dir),
        statement=json.loads(run_dir.card_json.read_text())["statement"],
    )
    json_path, page_path = run_dir.path / "slimming.json", run_dir.path / "slimming.html"
    atomic_file.write_json_atomically(json_path, content)
    atomic_file.write_text_atomically(page_path, page)
    return [str(json_path), str(page_path)]


def _channels(generator: ReleasedGenerator) -> list[int]:
    slim = generator.model.get_config().get("channels")  # a quantised network has no plain kernels to ask
    return list(slim) if slim else [axis.num_channels for axis in generator.model.channel_axes()]


def _complexity_table(generator: ReleasedGenerator) -> str:
    complexity: Complexity = measure_complexity(generator.model, generator.config.latent_dim)
    return complexity.render_table()


def _curve(run_dir: RunDirectory) -> str | None:
    """The non-zero channels of each axis over the pruning steps, as a picture; None where nothing was logged."""
    from matplotlib.figure import Figure  # no pyplot: nothing global, no display

    entries = [entry for entry in run_dir.read_metrics() if "channels" in entry]
    if not entries:
        return None
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.add_subplot()
    for name in [name for name in entries[0] if name.startswith("channels")]:
        label = "all" if name == "channels" else f"axis {int(name.removeprefix('channels_')) + 1}"
        axes.plot([entry["step"] for entry in entries], [entry[name] for entry in entries], label=label)
    axes.set(xlabel="step", ylabel="channels that are left", ylim=(0, None))
    axes.legend(fontsize="small")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    return to_data_url(stream.getvalue())
