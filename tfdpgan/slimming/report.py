# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What slimming leaves to read: slimming.json, a table, and one HTML page with before and after side by side."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.data.pixels import psnr, to_data_url
from tfdpgan.files import atomic
from tfdpgan.files.atomic import json_number
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.models.complexity import Complexity, measure_complexity
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory

_TEMPLATE = Path(__file__).with_name("slim_report.html.j2")
_NUM_SHOWN = 64
_NUM_COMPARED = 512
FILE_COLUMNS = ("generator", "file", "bytes", "r_s", "r_c", "ms, 1 thread", "ms, 2 threads", "PSNR dB", "Frechet")
DISTANCE_COLUMNS = ("", "to", "drawn", "compared with", "before", "after", "after / before")

ImageGrid = Callable[[np.ndarray, int], np.ndarray]


def compare(teacher: ReleasedGenerator, slim: ReleasedGenerator, ledger: Ledger, settings: Any) -> dict[str, Any]:
    """What can be counted, for slimming.json; `measurements.py` adds to it.

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
    agreement = psnr(slim.images_of(latents, labels), teacher.images_of(latents, labels))
    return {
        "model_dir": settings.model_dir,
        "teacher_dir": settings.teacher_dir,
        "epsilon": json_number(epsilon),
        "delta": settings.delta,
        "fine_tuning_steps": settings.fine_tuning_steps,
        "bits": bits,
        "quantizer": settings.quantizer if bits < 32 else None,
        "channels_before": _channels(teacher),
        "channels_after": _channels(slim),
        "before": before.to_json(),
        "after": after.to_json(),
        "compute_ratio": before.macs / after.macs,
        "compute_ratio_at_output": before.mflops_at_output / after.mflops_at_output,
        "size_ratio": before.num_bytes(32) / after.num_bytes(bits),
        "psnr_db": json_number(agreement),
    }


def render_table(content: dict[str, Any]) -> str:
    """Before and after, and the files, in aligned columns."""
    tables: list[list[tuple[str, ...]]] = [
        [("", "before", "after", "ratio"), *comparison_rows(content)],
        [FILE_COLUMNS, *file_rows(content)],
        [DISTANCE_COLUMNS, *distance_rows(content)],
    ]
    lines = [line for table in tables for line in [*_aligned(table), ""]]
    lines += [
        f"{row['generator']}, {row['quantization']}: not measured: {row['not_measured']}"
        for row in content["files"]
        if row["not_measured"]
    ]
    return "\n".join([*lines, f"epsilon = {epsilon_text(content['epsilon'])} at delta = {content['delta']:g}"])


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]


def comparison_rows(content: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Name, before, after, ratio of each quantity."""
    before, after = content["before"], content["after"]
    files = {(row["generator"], row["bits"]): row for row in content["files"]}

    def row(name: str, one: float, other: float, form: str) -> tuple[str, str, str, str]:
        return name, format(one, form), format(other, form), f"{one / other:.2f}" if other else "-"

    channels = sum(content["channels_before"]), sum(content["channels_after"])
    sizes = [
        row(f"megabytes at {bits} bits", before["bytes"][bits] / 1e6, after["bytes"][bits] / 1e6, ".3f")
        for bits in before["bytes"]
    ]
    shipped = before["bytes"]["32"] / 1e6, after["bytes"]["8"] / 1e6
    latencies = [
        row(
            f"milliseconds, one thread, 32 bits{text}",
            files["before", 32]["latency_ms"],
            files["after", bits]["latency_ms"],
            ".3f",
        )
        for bits, text in ((32, ""), (8, " against 8"))
        if files["before", 32]["latency_ms"] and files["after", bits]["latency_ms"]
    ]
    return [
        row("channels", *channels, ","),
        row("parameters", before["parameters"], after["parameters"], ","),
        row("multiply-accumulates, millions", before["macs"] / 1e6, after["macs"] / 1e6, ".2f"),
        row("the same at output resolution, / 2^20", before["mflops_at_output"], after["mflops_at_output"], ".1f"),
        *sizes,
        row("megabytes, 32 bits against 8", *shipped, ".3f"),
        *latencies,
    ]


def file_rows(content: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row of FILE_COLUMNS for each TFLite file."""
    forms = {
        "bytes": ",",
        "size_ratio": ".2f",
        "compute_ratio": ".2f",
        "latency_ms": ".3f",
        "latency_ms_2_threads": ".3f",
        "psnr_db": ".1f",
        "frechet_distance": ".4g",
    }
    return [
        (row["generator"], row["quantization"], *(_figure(row[name], form) for name, form in forms.items()))
        for row in content["files"]
    ]


def distance_rows(content: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row of DISTANCE_COLUMNS for each set of images that was compared with."""
    found = [content[name] for name in ("to_teacher", "to_test") if content[name]]
    return [
        (
            one["name"],
            one["reference"],
            f"{one['num_generated']:,}",
            f"{one['num_reference']:,}",
            f"{one['before']:.4g}",
            f"{one['after']:.4g}",
            f"{one['after'] / one['before']:.3f}" if one is content["to_test"] and one["before"] else "-",
        )
        for one in found
    ]


def write(
    content: dict[str, Any],
    teacher: ReleasedGenerator,
    slim: ReleasedGenerator,
    run_dir: RunDirectory,
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
        content=content,
        rows=comparison_rows(content),
        epsilon=epsilon_text(content["epsilon"]),
        psnr=_figure(content["psnr_db"], ".1f"),
        before=grids[0],
        after=grids[1],
        file_columns=FILE_COLUMNS,
        file_rows=file_rows(content),
        distance_columns=DISTANCE_COLUMNS,
        distance_rows=distance_rows(content),
        tables=[_complexity_table(each) for each in (teacher, slim)],
        curve=_curve(run_dir),
        statement=json.loads(run_dir.card_json.read_text())["statement"],
    )
    json_path, page_path = run_dir.path / "slimming.json", run_dir.path / "slimming.html"
    atomic.write_json_atomically(json_path, content)
    atomic.write_text_atomically(page_path, page)
    return [str(json_path), str(page_path)]


def _figure(value: float | str | None, form: str) -> str:
    return "-" if value is None else value if isinstance(value, str) else format(value, form)


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
