# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One evaluation from end to end: which measures are asked for, which may be computed, what evaluation.json holds."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import tqdm

from tfdpgan.data.dataset import Dataset
from tfdpgan.evaluation import tfgan_backend
from tfdpgan.evaluation.context import Evaluation
from tfdpgan.evaluation.controls import verdict, with_controls
from tfdpgan.evaluation.evaluated_images import EvaluatedImages, check_shape
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.evaluation.measures import find_measure
from tfdpgan.evaluation.measures.measure import Measure
from tfdpgan.evaluation.reference import choose_references
from tfdpgan.evaluation.result import Result
from tfdpgan.run import command_line, versions

NEEDS_PERMISSION = "needs --allow_private_reference"
_NO_LABELS = "the images have no labels"


def prepare(config: EvaluateConfig, dataset: Dataset, evaluated: EvaluatedImages) -> Evaluation:
    """An evaluation that is ready to run: everything that can be refused has been.

    Makes the extractors, so this is where Inception is downloaded and the classifier extractor trained.

    Args:
        config: the settings.
        dataset: the real data.
        evaluated: the images.

    Raises:
        ValueError: for images, data or settings that do not fit.
    """
    check_shape(evaluated, dataset)
    if config.backend == "tfgan":
        tfgan_backend.load()
    references = choose_references(dataset, config.allow_private_reference, config.reference)
    evaluation = Evaluation(config, evaluated, references, dataset)
    if any(find_measure(name).per_extractor for name in config.measure_list):
        for name in evaluation.extractors:
            evaluation.extractor(name)
    return evaluation


def run(evaluation: Evaluation, show_progress: bool = True) -> dict[str, Any]:
    """Computes every result; returns the content of evaluation.json, and leaves pictures in `evaluation.pictures`.

    Reads test images, which are taken to be public; private training images only where the settings allow it, and
    each result says whether it did.
    """
    start = time.monotonic()
    results = compute_results(evaluation, show_progress)
    evaluated, dataset, compared = evaluation.evaluated, evaluation.dataset, evaluation.references.compared
    return {
        "images": {
            "source": evaluated.source,
            "num_images": len(evaluated.images),
            "labels": evaluated.labels is not None,
            "soft_labels": evaluated.soft_labels is not None,
            "sampler": evaluated.provenance.get("sampler"),
            "provenance": evaluated.provenance,
        },
        "dataset": {
            "name": dataset.name,
            "is_public": dataset.is_public,
            "image_shape": list(dataset.image_shape),
            "class_names": list(dataset.class_names),
            "reference": compared.name,
            "num_reference": len(compared),
        },
        "measures": [dataclasses.asdict(result) for result in results],
        "verdict": verdict(results),
        "seconds": round(time.monotonic() - start, 1),
        "settings": dataclasses.asdict(evaluation.config),
        "versions": versions(),
        "command": command_line(),
    }


def compute_results(evaluation: Evaluation, show_progress: bool = True) -> list[Result]:
    """Computes everything that was asked for, in the order of the table."""
    tasks = list(_tasks(evaluation))
    with tqdm.tqdm(total=len(tasks), unit="measure", disable=None if show_progress else True) as progress:
        found = []
        for name, task in tasks:
            progress.set_description(name)
            found.extend(task())
            progress.update()
    return found


def _tasks(evaluation: Evaluation) -> Iterator[tuple[str, Callable[[], list[Result]]]]:
    for name in evaluation.config.measure_list:
        measure = find_measure(name)
        reason = _reason_against(evaluation, measure)
        if reason:
            row = Result(name, measure.title, None, measure.paper, not_computed=reason)
            yield name, functools.partial(list, [row])
        elif measure.per_extractor:
            for extractor in evaluation.extractors:
                if measure.is_for(evaluation.extractor(extractor)):
                    yield f"{name} ({extractor})", functools.partial(_of_extractor, evaluation, measure, extractor)
        else:
            yield name, functools.partial(measure.compute, evaluation)


def _of_extractor(evaluation: Evaluation, measure: Measure, extractor: str) -> list[Result]:
    comparison = evaluation.comparison(extractor)
    return with_controls(measure.compute(evaluation, comparison), measure, evaluation, comparison)


def _reason_against(evaluation: Evaluation, measure: Measure) -> str | None:
    if measure.needs_train_images and evaluation.references.train is None:
        return NEEDS_PERMISSION
    if measure.needs_labels and (evaluation.evaluated.labels is None or evaluation.num_classes < 2):
        return _NO_LABELS
    return None
