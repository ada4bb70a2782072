# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One evaluation from end to end: which figures are asked for, which may be computed, what evaluation.json holds."""

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
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.evaluation.figure import Figure
from tfdpgan.evaluation.measures import MEASURES, Measure
from tfdpgan.evaluation.reference import choose_references
from tfdpgan.evaluation.subject import Subject, check_shape
from tfdpgan.run import command_line, versions

NEEDS_PERMISSION = "needs --allow_private_reference"
_NO_LABELS = "the images have no labels"


def prepare(config: EvaluateConfig, dataset: Dataset, subject: Subject) -> Evaluation:
    """An evaluation that is ready to run: everything that can be refused has been.

    Makes the extractors, so this is where Inception is downloaded and the classifier extractor trained.

    Args:
        config: the settings.
        dataset: the real data.
        subject: the images.

    Raises:
        ValueError: for images, data or settings that do not fit.
    """
    check_shape(subject, dataset)
    if config.backend == "tfgan":
        tfgan_backend.load()
    references = choose_references(dataset, config.allow_private_reference, config.reference)
    evaluation = Evaluation(config, subject, references, dataset)
    if any(MEASURES[name].of_features for name in config.measure_list):
        for name in evaluation.extractors:
            evaluation.extractor(name)
    return evaluation


def run(evaluation: Evaluation, show_progress: bool = True) -> dict[str, Any]:
    """Computes every figure; returns the content of evaluation.json, and leaves pictures in `evaluation.pictures`.

    Reads test images, which are taken to be public; private training images only where the settings allow it, and
    each figure says whether it did.
    """
    start = time.monotonic()
    figures = compute_figures(evaluation, show_progress)
    subject, dataset, compared = evaluation.subject, evaluation.dataset, evaluation.references.compared
    return {
        "images": {"source": subject.source, "num_images": len(subject.images), "labels": subject.labels is not None,
                   "provenance": subject.provenance},
        "dataset": {"name": dataset.name, "is_public": dataset.is_public, "image_shape": list(dataset.image_shape),
                    "class_names": list(dataset.class_names), "reference": compared.name,
                    "num_reference": len(compared)},
        "measures": [dataclasses.asdict(figure) for figure in figures],
        "seconds": round(time.monotonic() - start, 1), "settings": dataclasses.asdict(evaluation.config),
        "versions": versions(), "command": command_line(),
    }


def compute_figures(evaluation: Evaluation, show_progress: bool = True) -> list[Figure]:
    """Computes everything that was asked for, in the order of the table."""
    tasks = list(_tasks(evaluation))
    with tqdm.tqdm(total=len(tasks), unit="measure", disable=None if show_progress else True) as progress:
        found = []
        for name, task in tasks:
            progress.set_description(name)
            found.extend(task())
            progress.update()
    return found


def _tasks(evaluation: Evaluation) -> Iterator[tuple[str, Callable[[], list[Figure]]]]:
    for name in evaluation.config.measure_list:
        measure = MEASURES[name]
        reason = _reason_against(evaluation, measure)
        if reason:
            row = Figure(name, measure.title, None, measure.paper, not_computed=reason)
            yield name, functools.partial(list, [row])
        elif measure.of_features:
            for extractor in evaluation.extractors:
                yield f"{name} ({extractor})", functools.partial(_of_view, evaluation, measure, extractor)
        else:
            yield name, functools.partial(measure.compute, evaluation)


def _of_view(evaluation: Evaluation, measure: Measure, extractor: str) -> list[Figure]:
    return measure.compute(evaluation, evaluation.view(extractor))


def _reason_against(evaluation: Evaluation, measure: Measure) -> str | None:
    if measure.reads_train and evaluation.references.train is None:
        return NEEDS_PERMISSION
    if measure.needs_labels and (evaluation.subject.labels is None or evaluation.num_classes < 2):
        return _NO_LABELS
    return None
