# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Membership inference on a real run: which images were trained on, and how often an attacker is right who accuses few.

READS PRIVATE IMAGES: what is found is outside the guarantee, and lies in the run's private/. Scores:

* nearest: minus the distance of the nearest generated image (Chen et al. 2020, "GAN-Leaks").
* nearest, calibrated: the same less the distance of the nearest of other test images, so that images which are near to
  everything do not count (the full black-box attack of GAN-Leaks, and in the spirit of LiRA, Carlini et al. 2022, whose
  shadow models are not trained here).
* discriminator, classifier: what a released network says of the image; log(p / (1 - p)) of its class for a classifier,
  LiRA's score.

What the guarantee allows is the trade-off curve of the run's whole ledger: the largest true positive rate at a false
positive rate. Rates are compared by their lower confidence limits. Test images are taken to be like the others; where
they are not, an attack finds the difference, and no member.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.auditing.audited_run import AuditedRun, AuditError
from tfdpgan.auditing.crafted_training import nearest_distances
from tfdpgan.auditing.lower_bounds import clopper_pearson_lower, clopper_pearson_upper
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.pixels import to_float
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.released_discriminator import ReleasedDiscriminator
from tfdpgan.methods.classifier.training import released_classifier
from tfdpgan.privacy.statement.sentences import true_positive_bound

FALSE_POSITIVE_RATES = (0.001, 0.01)
_DELTAS = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
_GENERATED = 5000
_AT_ONCE = 500


def attack(audited: AuditedRun, dataset: Dataset, num_images: int, alpha: float, seed: int) -> dict[str, Any]:
    """Tells training images from test images.

    Args:
        audited: a finished run.
        dataset: what it was trained on, with test images.
        num_images: of each kind, at most.
        alpha: probability that a limit is on the wrong side, shared out over all rates.
        seed: of the choice.

    Returns:
        The content of private/membership_inference.json; the curves as `[false positive rates, true positive rates]`.

    Raises:
        AuditError: there are no test images, or nothing was released yet.
    """
    if dataset.test_pixels is None:
        raise AuditError(
            f"--allow_private_reference needs images that were not trained on, and {dataset.name} has no test images. "
            "Train with --holdout=0.2, or leave it out."
        )
    if not audited.run_dir.is_finished:
        raise AuditError(f"{audited.run_dir.path} has released nothing yet. Finish the training first.")
    rng = np.random.default_rng(seed)
    count = min(num_images, dataset.num_examples, len(dataset.test_pixels) // 2)
    inside = rng.permutation(dataset.num_examples)[:count]
    outside = rng.permutation(len(dataset.test_pixels))
    images = np.concatenate([dataset.batch(inside), to_float(np.asarray(dataset.test_pixels[outside[:count]]))])
    labels = dataset.label_batch(inside)
    test_labels = np.zeros(count, np.int32) if dataset.test_labels is None else dataset.test_labels[outside[:count]]
    labels = np.concatenate([labels, test_labels])
    reference = to_float(np.asarray(dataset.test_pixels[outside[count : 2 * count]]))
    was_in = np.arange(2 * count) < count
    scores = _scores(audited, images, labels, reference)
    epsilons = audited.ledger.epsilons(sorted({*_DELTAS, audited.delta}))
    share = alpha / (2 * len(scores) * len(FALSE_POSITIVE_RATES))
    rows = [_row(name, values, was_in, epsilons, share) for name, values in scores.items()]
    grid = np.geomspace(1e-4, 1, 200)
    return {
        "outside_the_guarantee": "reads private training images: not covered by the run's epsilon, not to be shared",
        "num_members": count,
        "num_others": count,
        "confidence": 1 - alpha,
        "attacks": rows,
        "bound": [grid.tolist(), [true_positive_bound(epsilons, rate) for rate in grid]],
        "holds": all(rate["holds"] for row in rows for rate in row["rates"]),
    }


def _scores(
    audited: AuditedRun, images: np.ndarray, labels: np.ndarray, reference: np.ndarray
) -> dict[str, np.ndarray]:
    run_dir, found = audited.run_dir, {}
    if run_dir.classifier.is_dir():
        model = released_classifier(run_dir)
        logits = np.concatenate([model(part, training=False).numpy() for part in _parts(images)])
        own = np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
        others = np.where(np.arange(logits.shape[1]) == labels[:, None], -np.inf, logits)
        return {"classifier": own - np.logaddexp.reduce(others, axis=1)}
    drawn, _ = ReleasedGenerator.load(run_dir.generator).draw(_GENERATED, seed=0)
    near = np.concatenate([nearest_distances(part, drawn) for part in _parts(images)])
    usual = np.concatenate([nearest_distances(part, reference) for part in _parts(images)])
    found["nearest"] = -near
    found["nearest, calibrated"] = usual - near
    if run_dir.discriminator.is_dir():
        judge = ReleasedDiscriminator.load(run_dir.discriminator).model
        pairs = zip(_parts(images), _parts(labels.astype(np.int32)), strict=True)
        found["discriminator"] = np.concatenate(
            [np.ravel(judge((tf.constant(part), tf.constant(given)), training=False)) for part, given in pairs]
        )
    return found


def _parts(array: np.ndarray) -> list[np.ndarray]:
    return [array[start : start + _AT_ONCE] for start in range(0, len(array), _AT_ONCE)]


def _row(
    name: str, scores: np.ndarray, was_in: np.ndarray, epsilons: dict[float, float], alpha: float
) -> dict[str, Any]:
    held, left = scores[was_in], np.sort(scores[~was_in])[::-1]
    rates = []
    for wanted in FALSE_POSITIVE_RATES:
        place = int(wanted * len(left))
        right = int(np.sum(held > left[place]))
        alarms = int(np.sum(left > left[place]))
        most = true_positive_bound(epsilons, clopper_pearson_upper(alarms, len(left), alpha))
        least = clopper_pearson_lower(right, len(held), alpha)
        rates.append(
            {
                "false_positive_rate": wanted,
                "true_positive_rate": right / len(held),
                "at_least": least,
                "promised_at_most": true_positive_bound(epsilons, wanted),
                "holds": least <= most,
            }
        )
    thresholds = np.unique(scores)[::-1]
    curve = [(len(part) - np.searchsorted(np.sort(part), thresholds)) / len(part) for part in (scores[~was_in], held)]
    area = float(np.trapezoid(curve[1], curve[0])) if hasattr(np, "trapezoid") else float(np.trapz(curve[1], curve[0]))
    return {
        "score": name,
        "area_under_curve": area + curve[0][0] * curve[1][0] / 2,
        "area_by_tensorflow_privacy": _by_tensorflow_privacy(held, scores[~was_in]),
        "rates": rates,
        "curve": [values.tolist() for values in curve],
    }


def _by_tensorflow_privacy(held: np.ndarray, left: np.ndarray) -> float | None:
    """The area that TF Privacy's membership inference suite finds from the same scores; None where it is missing."""
    try:
        from tensorflow_privacy.privacy.membership_inference_attack import data_structures
        from tensorflow_privacy.privacy.membership_inference_attack import (
            membership_inference_attack as suite,
        )
    except ImportError:
        return None
    data = data_structures.AttackInputData(loss_train=-held, loss_test=-left)
    found = suite.run_attacks(data, attack_types=(data_structures.AttackType.THRESHOLD_ATTACK,))
    return float(found.single_attack_results[0].get_auc())


def picture(content: dict[str, Any]) -> bytes:
    """The curves on logarithmic axes beside what the card promises, as PNG."""
    from matplotlib.figure import Figure  # no pyplot: nothing global, no display

    figure = Figure(figsize=(5.2, 5), layout="constrained")
    axes = figure.add_subplot()
    smallest = 0.5 / content["num_others"]
    for row in content["attacks"]:
        false, true = (np.maximum(np.array(values), smallest) for values in row["curve"])
        axes.loglog(false, true, drawstyle="steps-post", label=f"{row['score']} (area {row['area_under_curve']:.3f})")
    axes.loglog(*content["bound"], "k--", label="the most that epsilon allows")
    axes.loglog([smallest, 1], [smallest, 1], color="#999999", linewidth=0.8, label="guessing")
    axes.set(xlim=(smallest, 1), ylim=(smallest, 1.05), xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(fontsize="x-small", loc="lower right")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    return stream.getvalue()


def render_lines(content: dict[str, Any]) -> Sequence[str]:
    """The figures for a terminal."""
    lines = ["  membership inference, OUTSIDE THE GUARANTEE (read private training images):"]
    for row in content["attacks"]:
        rates = ", ".join(
            f"{rate['true_positive_rate']:.2%} at {rate['false_positive_rate']:.1%} false positives (promised: at most "
            f"{rate['promised_at_most']:.1%})"
            for rate in row["rates"]
        )
        lines.append(f"    {row['score']}: area {row['area_under_curve']:.3f}; finds {rates}")
    return lines
