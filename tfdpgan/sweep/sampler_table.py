# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The table of the last slides: Frechet distance, precision and recall of samplers on the same runs, over seeds.

Every run is trained once, and each sampler draws from it with the same seed. Real images are the test split, taken to
be public; the extractor's name is part of every figure.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.data.dataset import Dataset
from tfdpgan.evaluation import evaluated_images, evaluation
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.files import atomic
from tfdpgan.generation.grid import save_grid
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.samplers import Source
from tfdpgan.methods.planning import make_plan
from tfdpgan.run import RunDirectory
from tfdpgan.run_ledger import open_ledger
from tfdpgan.sweep.sampler_config import ROWS, SamplerTableConfig
from tfdpgan.training.plan import Plan

_MEASURES = "frechet_distance,precision_recall"
_COLUMNS = ("frechet_distance", "precision", "recall")
_IN_PICTURE = 20  # images of each row

Train = Callable[[Plan, Dataset], Any]


def run(
    config: SamplerTableConfig, dataset: Dataset, judged_by: Dataset, train: Train, announce: Callable[[str], None]
) -> tuple[dict[str, Any], list[str]]:
    """Trains the runs, draws by each sampler, judges the images.

    Args:
        config: the table.
        dataset: the images.
        judged_by: the same with their labels, where there are any, and with test images.
        train: trains by a plan, or returns at once where the run has been trained.
        announce: shown what happens, a line at a time.

    Returns:
        The content of samplers.json: for each row and measure mean, standard deviation and values over the seeds; and
        the paths that were written.
    """
    found: dict[str, list[dict[str, Any]]] = {row: [] for row in ROWS}
    folder, paths = Path(config.sweep_dir), []
    for index in range(config.seeds):
        settings = config.training(index)
        announce(f"seed {settings.seed}: training in {settings.model_dir}")
        train(make_plan(settings, dataset.num_examples), dataset)
        run_dir = RunDirectory(settings.model_dir)
        open_ledger(run_dir, settings.accountant)
        generator = ReleasedGenerator.load(run_dir.generator)
        shown = []
        for row in ROWS:
            judged, pictured = _judge(config, row, Source(generator, run_dir), judged_by, settings.seed)
            found[row].append(judged)
            shown.append(pictured)
            announce(f"  {row}: " + ", ".join(f"{name} {judged[name]:.3f}" for name in _COLUMNS))
        picture = folder / f"samples_seed_{settings.seed}.png"
        save_grid(picture, np.concatenate(shown), _IN_PICTURE, row_labels=list(ROWS))
        paths.append(str(picture))
    first = found["plain"][0]
    content = {
        "extractor": first["extractor"],
        "reference": first["reference"],
        "num_images": config.num_images,
        "reads_private_training_images": first["reads_private"],
        "rows": {
            row: {name: _spread([each[name] for each in values]) for name in _COLUMNS}
            | {"sampling": values[0]["sampling"]}
            for row, values in found.items()
        },
        "settings": dataclasses.asdict(config),
    }
    atomic.write_json_atomically(folder / "samplers.json", content)
    return content, [str(folder / "samplers.json"), *paths]


def _judge(
    config: SamplerTableConfig, row: str, source: Source, dataset: Dataset, seed: int
) -> tuple[dict[str, Any], np.ndarray]:
    """Figures of one row and one run, and some of its images; figures that are there for the same settings are kept."""
    sampler, settings = config.sampling(row)
    source = dataclasses.replace(source, settings=settings)
    drawn = evaluated_images.draw_images(source, config.num_images, seed, row, dataset, sampler)
    judging = EvaluateConfig(
        images=row,
        dataset=config.dataset,
        data_dir=config.data_dir,
        measures=_MEASURES,
        extractors=config.extractor,
        num_images=config.num_images,
    )
    key = json.loads(json.dumps([drawn.provenance, config.num_images, config.extractor, seed]))
    name = f"{row.replace(' + ', '_').lower()}.json"
    cache = source.run_dir.path / f"sampler_{name}" if source.run_dir else None
    if cache is not None and cache.exists() and json.loads(cache.read_text())["key"] == key:
        figures = json.loads(cache.read_text())["figures"]
    else:
        results = evaluation.compute_results(evaluation.prepare(judging, dataset, drawn), show_progress=False)
        figures = {result.measure: result.value for result in results if result.measure in _COLUMNS}
        figures |= {
            "extractor": results[0].extractor,
            "reference": results[0].reference,
            "reads_private": any(result.reads_private_training_images for result in results),
            "sampling": drawn.provenance["sampling"],
        }
        if cache is not None:
            atomic.write_json_atomically(cache, {"key": key, "figures": figures})
    return figures, drawn.images[:_IN_PICTURE]


def _spread(values: list[float]) -> dict[str, Any]:
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "standard_deviation": deviation, "values": values}


def render_table(content: dict[str, Any]) -> str:
    """The table for a terminal: means over the seeds, and the deviation of one."""
    lines = [f"{'':14s}{'Frechet distance':>20s}{'precision':>18s}{'recall':>18s}"]
    for row, figures in content["rows"].items():
        cells = [_cell(figures[name], digits) for name, digits in zip(_COLUMNS, (1, 3, 3), strict=True)]
        lines.append(f"{row:14s}{cells[0]:>20s}{cells[1]:>18s}{cells[2]:>18s}")
    count = len(content["rows"]["plain"]["precision"]["values"])
    lines.append(
        f"  {count} run{'s' * (count > 1)}, {content['num_images']} images each, features of {content['extractor']}, "
        f"against {content['reference']}"
    )
    return "\n".join(lines)


def _cell(spread: dict[str, Any], digits: int) -> str:
    deviation = spread["standard_deviation"]
    return f"{spread['mean']:.{digits}f}" + ("" if deviation is None else f" +- {deviation:.{digits}f}")
