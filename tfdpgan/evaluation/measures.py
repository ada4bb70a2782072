# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Which measures there are, what each reads, and how one evaluation computes them.

To add one: a function `(evaluation) -> figures`, or `(evaluation, view) -> figures` for one that compares features, and
one line in MEASURES (and its name in `evaluation_config.MEASURES`).
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfdpgan.evaluation import class_balance, density_coverage, nearest_neighbours, precision_recall, tfgan_backend
from tfdpgan.evaluation.context import Evaluation, View
from tfdpgan.evaluation.figure import Figure
from tfdpgan.evaluation.frechet import frechet_distance
from tfdpgan.evaluation.inception_score import NUM_SPLITS, inception_score
from tfdpgan.evaluation.real_fake import real_fake
from tfdpgan.evaluation.reference import Split
from tfdpgan.evaluation.sliced_wasserstein import NUM_PROJECTIONS, sliced_wasserstein
from tfdpgan.evaluation.utility import Spread, gen2real, real2gen

_NUM_NEIGHBOUR_QUERIES = 1000
_NUM_NEIGHBOURS_SHOWN = 5
_NUM_NEIGHBOUR_ROWS = 20


def _frechet_distance(evaluation: Evaluation, view: View) -> list[Figure]:
    if evaluation.config.backend == "tfgan":
        distance = tfgan_backend.frechet_distance(view.real.features, view.generated.features)
    else:
        distance = frechet_distance(view.real.statistics, view.generated.statistics)
    return [view.figure("frechet_distance", "Frechet distance", distance, _HEUSEL, ideal=0.0)]


def _inception_score(evaluation: Evaluation, view: View) -> list[Figure]:
    logits = view.generated.logits
    if logits is None:
        return []
    compute = tfgan_backend.inception_score if evaluation.config.backend == "tfgan" else inception_score
    score = compute(logits, min(NUM_SPLITS, len(logits)))
    ideal = evaluation.num_classes if view.extractor.learned_from_data else None
    return [view.figure(
        "inception_score", "Inception score", score.mean, _SALIMANS, standard_deviation=score.standard_deviation,
        ideal=ideal, reference=None, num_reference=0, details={"num_splits": score.num_splits},
    )]


def _precision_recall(evaluation: Evaluation, view: View) -> list[Figure]:
    del evaluation
    return _of_neighbours(view, precision_recall.precision_recall, precision_recall.NUM_NEIGHBOURS, _KYNKAANNIEMI)


def _density_coverage(evaluation: Evaluation, view: View) -> list[Figure]:
    del evaluation
    return _of_neighbours(view, density_coverage.density_coverage, density_coverage.NUM_NEIGHBOURS, _NAEEM)


def _of_neighbours(
    view: View, measure: Callable[[np.ndarray, np.ndarray], Any], num_neighbours: int, source: str
) -> list[Figure]:
    """One figure for each field of what `measure(real, generated)` finds among equally many features of both."""
    real, generated = view.equal_numbers()
    found = dataclasses.asdict(measure(real, generated))
    return [
        view.figure(
            name, name.capitalize(), value, source, ideal=1.0, num_generated=len(generated), num_reference=len(real),
            details={"num_neighbours": num_neighbours},
        )
        for name, value in found.items()
    ]


def _sliced_wasserstein(evaluation: Evaluation, view: View) -> list[Figure]:
    del evaluation
    distance = sliced_wasserstein(view.real.features, view.generated.features)
    details = {"num_projections": NUM_PROJECTIONS}
    return [view.figure(
        "sliced_wasserstein", "Sliced Wasserstein distance", distance, _RABIN, ideal=0.0, details=details
    )]


def _class_balance(evaluation: Evaluation, view: View) -> list[Figure]:
    if not view.extractor.learned_from_data:  # only a classifier of these very classes can read them
        return []
    asked_for = evaluation.subject.labels
    prior = None if asked_for is None else np.bincount(asked_for, minlength=evaluation.num_classes)
    read = class_balance.class_balance(view.generated.logits.argmax(axis=1), evaluation.num_classes, prior)
    details = {"shares": list(read.shares), "prior": list(read.prior)}
    return [view.figure(
        "class_balance", "Class imbalance, total variation", read.total_variation, _OWN, ideal=0.0, reference=None,
        num_reference=0, details=details,
    )]


def _gen2real(evaluation: Evaluation) -> list[Figure]:
    subject, test = evaluation.subject, evaluation.references.compared
    return [
        _accuracy(
            evaluation, f"gen2real_{name}", f"gen2real accuracy ({name})", test,
            functools.partial(
                gen2real, subject.images, subject.labels, test.images, test.labels, evaluation.num_classes, name
            ),
        )
        for name in evaluation.config.classifier_list
    ]


def _real2gen(evaluation: Evaluation) -> list[Figure]:
    subject = evaluation.subject
    train = evaluation.references.train.sample(len(subject.images))
    return [
        _accuracy(
            evaluation, f"real2gen_{name}", f"real2gen accuracy ({name})", train,
            functools.partial(
                real2gen, train.images, train.labels, subject.images, subject.labels, evaluation.num_classes, name
            ),
        )
        for name in evaluation.config.classifier_list
    ]


def _accuracy(
    evaluation: Evaluation, measure: str, name: str, real: Split, of_seed: Callable[..., Any]
) -> Figure:
    found = [of_seed(seed=seed) for seed in range(evaluation.config.seeds)]
    spread = Spread.of([each.accuracy for each in found])
    return _over_seeds(
        evaluation, measure, name, spread, _SHMELKOV, ideal=1.0, reference=real.name, num_reference=len(real),
        reads_private_training_images=real.is_private,
        details={"num_train": found[0].num_train, "num_held_out": found[0].num_held_out, "num_test": found[0].num_test,
                 "selected": [each.selected for each in found]},
    )


def _real_fake(evaluation: Evaluation) -> list[Figure]:
    subject, references = evaluation.subject, evaluation.references
    train, test = references.real_fake_train, references.real_fake_test
    generated_train, generated_test = Split("generated", subject.images, subject.labels, False).halves()
    found = [
        real_fake(train.images, generated_train.images, test.images, generated_test.images, seed=seed)
        for seed in range(evaluation.config.seeds)
    ]
    num_read = found[0].num_train + found[0].num_test
    common = {
        "reference": f"{train.name} (to learn), {test.name} (to test)",
        "num_reference": num_read, "num_generated": num_read,
        "reads_private_training_images": train.is_private or test.is_private,
        "details": {"num_train": found[0].num_train, "num_test": found[0].num_test},
    }
    return [
        _over_seeds(evaluation, "real_fake_accuracy", "Real/fake accuracy of the secondary network",
                    Spread.of([each.accuracy for each in found]), _WINCOTT, ideal=0.5, **common),
        _over_seeds(evaluation, "real_fake_frechet_distance", "Frechet distance (real/fake network)",
                    Spread.of([each.frechet_distance for each in found]), _WINCOTT, ideal=0.0, **common),
    ]


def _over_seeds(
    evaluation: Evaluation, measure: str, name: str, spread: Spread, paper: str, **more: Any
) -> Figure:
    deviation = spread.standard_deviation if len(spread.values) > 1 else None
    more.setdefault("num_generated", len(evaluation.subject.images))
    return Figure(measure, name, spread.mean, paper, deviation, spread.values, **more)


def _nearest_neighbours(evaluation: Evaluation) -> list[Figure]:
    train, generated = evaluation.references.train, evaluation.subject.images[:_NUM_NEIGHBOUR_QUERIES]
    found = nearest_neighbours.nearest_neighbours(generated, train.images, _NUM_NEIGHBOURS_SHOWN)
    evaluation.pictures["nearest_neighbours"] = nearest_neighbours.neighbour_grid(
        generated[:_NUM_NEIGHBOUR_ROWS], train.images, found.indices[:_NUM_NEIGHBOUR_ROWS]
    )
    details = {}
    if evaluation.references.compared is not train:  # what unseen real images have
        unseen = evaluation.references.compared.sample(_NUM_NEIGHBOUR_QUERIES).images
        own = nearest_neighbours.nearest_neighbours(unseen, train.images, 1)
        details = {"median_of_test_images": float(np.median(own.distances))}
    return [Figure(
        "nearest_neighbours", "Median distance to the nearest training image (pixels)",
        float(np.median(found.distances[:, 0])), _OWN, reference=train.name, num_generated=len(generated),
        num_reference=len(train), reads_private_training_images=train.is_private, details=details,
    )]


_HEUSEL = "Heusel et al. 2017, arXiv:1706.08500"
_SALIMANS = "Salimans et al. 2016, arXiv:1606.03498"
_KYNKAANNIEMI = "Kynkaanniemi et al. 2019, arXiv:1904.06991"
_NAEEM = "Naeem et al. 2020, arXiv:2002.09797"
_RABIN = "Rabin et al. 2011"
_SHMELKOV = "Shmelkov et al. 2018, arXiv:1807.09499"
_WINCOTT = "Wincott 2020"
_OWN = "of this package"


@dataclass(frozen=True)
class Measure:
    """One row of the table.

    Attributes:
        title: what it is called where it was not computed.
        compute: `(evaluation, view) -> figures` for a measure of features, else `(evaluation) -> figures`.
        paper: where it comes from.
        of_features: computed once for each extractor.
        reads_train: needs training images.
        needs_labels: needs the labels of the images under evaluation.
    """

    title: str
    compute: Callable[..., list[Figure]]
    paper: str
    of_features: bool = False
    reads_train: bool = False
    needs_labels: bool = False


MEASURES = {
    "frechet_distance": Measure("Frechet distance", _frechet_distance, _HEUSEL, of_features=True),
    "inception_score": Measure("Inception score", _inception_score, _SALIMANS, of_features=True),
    "precision_recall": Measure("Precision and recall", _precision_recall, _KYNKAANNIEMI, of_features=True),
    "density_coverage": Measure("Density and coverage", _density_coverage, _NAEEM, of_features=True),
    "sliced_wasserstein": Measure("Sliced Wasserstein distance", _sliced_wasserstein, _RABIN, of_features=True),
    "class_balance": Measure("Class imbalance", _class_balance, _OWN, of_features=True),
    "gen2real": Measure("gen2real accuracy", _gen2real, _SHMELKOV, needs_labels=True),
    "real2gen": Measure("real2gen accuracy", _real2gen, _SHMELKOV, reads_train=True, needs_labels=True),
    "real_fake": Measure("Real/fake accuracy", _real_fake, _WINCOTT),
    "nearest_neighbours": Measure("Nearest training images", _nearest_neighbours, _OWN, reads_train=True),
}
