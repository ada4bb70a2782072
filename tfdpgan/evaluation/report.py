# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What evaluate.py shows and writes: a table, evaluation.json, and one HTML page that needs nothing beside it."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.config import ConfigError
from tfdpgan.data.pixels import to_data_url
from tfdpgan.evaluation.evaluated_images import EvaluatedImages
from tfdpgan.evaluation.published import Published, published_figures
from tfdpgan.files import atomic
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.run import RunDirectory

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_NUM_PER_CLASS = 10
_MOST_ROWS = 20
_SHARES = ("gen2real", "real2gen", "real_fake_accuracy")  # shown in percent
_ON_INCEPTION = {"frechet_distance": "fid", "inception_score": "is", "precision": "precision", "recall": "recall"}

ImageGrid = Callable[[np.ndarray, int], np.ndarray]


def render_table(content: dict[str, Any]) -> str:
    """The figures as text, one line each; private ones carry a star."""
    lines = [
        (row["name"] + " *" * row["reads_private_training_images"], _value(row), _basis(row))
        for row in content["measures"]
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(2)]
    text = [f"{name:<{widths[0]}}  {value:>{widths[1]}}  {basis}".rstrip() for name, value, basis in lines]
    if content.get("verdict"):
        text.append(content["verdict"])
    if any(row["reads_private_training_images"] for row in content["measures"]):
        text.append("* read private training images: OUTSIDE THE GUARANTEE")
    return "\n".join(text)


def prepare_folder(folder: str) -> Path:
    """The folder for the results, made and tried, so that minutes of computing are not lost at the end.

    Raises:
        ConfigError: when nothing can be written there.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".evaluate-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(f"--output_dir={folder} cannot be written ({error.strerror}). Give another folder.") from None
    return path


def write(
    content: dict[str, Any],
    evaluated: EvaluatedImages,
    pictures: dict[str, np.ndarray],
    run_dir: RunDirectory | None,
    folder: Path,
    image_grid: ImageGrid,
) -> list[str]:
    """Writes `evaluation.json` and `report.html`, each whole or not at all.

    Args:
        content: of evaluation.json.
        evaluated: the images, of which the page shows some.
        pictures: `[h, w, c]` uint8 by name, from the measures.
        run_dir: the run, for training curves and card; None for images from files.
        folder: where to.
        image_grid: lays images `[n, h, w, c]` out in so many columns.

    Returns:
        The paths of both files.
    """
    page = render_page(content, evaluated, pictures, run_dir, image_grid)
    json_path, page_path = folder / "evaluation.json", folder / "report.html"
    atomic.write_json_atomically(json_path, content)
    atomic.write_text_atomically(page_path, page)
    return [str(json_path), str(page_path)]


def render_page(
    content: dict[str, Any],
    evaluated: EvaluatedImages,
    pictures: dict[str, np.ndarray],
    run_dir: RunDirectory | None,
    image_grid: ImageGrid,
) -> str:
    """The HTML page; arguments as for `write`."""
    import jinja2

    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, autoescape=True
    )
    rows = []
    for row in content["measures"]:
        published = [_published(each) for each in _beside(row, content)]
        rows.append({**row, "shown": _value(row), "basis": _basis(row), "published": published})
    curves = _training_curves(run_dir) if run_dir else None
    epsilon = content["images"]["provenance"].get("epsilon")
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        content=content,
        rows=rows,
        samples=to_data_url(_samples(evaluated, content, image_grid)),
        curves=curves and to_data_url(curves),
        pictures={name: to_data_url(picture) for name, picture in pictures.items()},
        card=card_as_html(run_dir) if run_dir else None,
        epsilon=None if epsilon is None else epsilon_text(epsilon),
        any_private=any(row["reads_private_training_images"] for row in rows),
    )


def _value(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "not computed"
    percent = row["measure"].startswith(_SHARES)
    value, spread = (
        None if number is None else f"{100 * number:.2f}" if percent else f"{number:.4g}"
        for number in (row["value"], row["standard_deviation"])
    )
    return value + (f" +- {spread}" if spread else "") + (" %" if percent else "")


def _basis(row: dict[str, Any]) -> str:
    if row["not_computed"]:
        return row["not_computed"]
    against = f" against {row['num_reference']} of {row['reference']}" if row["reference"] else ""
    return f"{row['num_generated']} images{against}; {_control(row)}".removesuffix("; ")


def _control(row: dict[str, Any]) -> str:
    """What real images and noise get in the same place; the ideal where that was not measured; a warning first."""
    if row.get("real_against_real") is not None:
        control = f"real images get {row['real_against_real']:.3g}, noise {row['noise_against_real']:.3g}"
    else:
        control = "" if row["ideal"] is None else f"ideal {row['ideal']:g}"
    return "; ".join(filter(None, [row.get("warning"), control]))


def _beside(row: dict[str, Any], content: dict[str, Any]) -> list[Published]:
    """Published figures of the same measure on the same data and, for features, on the same network."""
    if row["extractor"] is None:
        return published_figures(content["dataset"]["name"], row["measure"])
    if row["extractor"] == "inception" and row["measure"] in _ON_INCEPTION:
        return published_figures(content["dataset"]["name"], _ON_INCEPTION[row["measure"]])
    return []


def _published(figure: Published) -> dict[str, str]:
    value = f"{100 * figure.value:.1f} %" if figure.measure.startswith(_SHARES) else f"{figure.value:g}"
    privacy = "no privacy" if figure.epsilon is None else f"epsilon {figure.epsilon:g}"
    return {"text": f"{figure.method} {value} ({privacy})", "source": figure.source}


def _samples(evaluated: EvaluatedImages, content: dict[str, Any], image_grid: ImageGrid) -> np.ndarray:
    """Ten of each class, one row a class; a hundred where there are no classes."""
    if evaluated.labels is None:
        return image_grid(evaluated.images[: _NUM_PER_CLASS**2], _NUM_PER_CLASS)
    rows = []
    for label in range(min(len(content["dataset"]["class_names"]), _MOST_ROWS)):
        found = evaluated.images[evaluated.labels == label][:_NUM_PER_CLASS]
        missing = np.full((_NUM_PER_CLASS - len(found), *evaluated.images.shape[1:]), 255, np.uint8)
        rows += [found, missing]
    return image_grid(np.concatenate(rows), _NUM_PER_CLASS)


def _training_curves(run_dir: RunDirectory) -> bytes | None:
    """A PNG with one panel for each quantity in metrics.jsonl, or None where nothing was logged."""
    from matplotlib.figure import Figure  # no pyplot: nothing global, no display

    entries = run_dir.read_metrics()
    names = list(
        dict.fromkeys(
            name
            for entry in entries
            for name, value in entry.items()
            if name not in ("phase", "step") and isinstance(value, (int, float))
        )
    )
    if not names:
        return None
    num_columns = min(3, len(names))
    num_rows = -(-len(names) // num_columns)
    figure = Figure(figsize=(4 * num_columns, 2.6 * num_rows), layout="constrained")
    for index, name in enumerate(names):
        axes = figure.add_subplot(num_rows, num_columns, index + 1)
        for phase in dict.fromkeys(entry["phase"] for entry in entries):
            points = [
                (entry["step"], entry[name])
                for entry in entries
                if entry["phase"] == phase and entry.get(name) is not None
            ]
            if points:
                axes.plot(*zip(*points, strict=True), label=phase.replace("_", " "))
        axes.set_title(name.replace("_", " "), fontsize="medium")
        axes.set_xlabel("step")
        axes.legend(fontsize="x-small")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    return stream.getvalue()


def card_as_html(run_dir: RunDirectory) -> Any:
    """The run's privacy card as HTML, or None; nothing in it is taken for markup that is not markdown."""
    import markdown
    import markupsafe

    if not run_dir.card.exists():
        return None
    escaped = html.escape(run_dir.card.read_text("utf-8"), quote=False)
    return markupsafe.Markup(markdown.markdown(escaped, extensions=["tables", "sane_lists"]))
