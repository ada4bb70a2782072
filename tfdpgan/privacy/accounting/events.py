# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The mechanisms that touch private images, as dp-accounting events, and as plain data for the ledger."""

import math
from typing import Any

import dp_accounting


def gaussian_event(noise_multiplier: float) -> dp_accounting.DpEvent:
    """One Gaussian release on the whole data set.

    Args:
        noise_multiplier: Standard deviation of the noise over the L2 sensitivity of the sum, >= 0. Zero is not
            private.

    Raises:
        ValueError: The noise multiplier is negative or not finite.
    """
    _require_noise_multiplier(noise_multiplier)
    return dp_accounting.GaussianDpEvent(float(noise_multiplier))


def dp_sgd_event(
    noise_multiplier: float, sampling_probability: float, num_steps: int, microbatch_size: int = 1
) -> dp_accounting.DpEvent:
    """DP-SGD: `num_steps` Gaussian releases, each on a fresh Poisson sample (Abadi et al. 2016, Algorithm 1).

    With microbatches the mean gradient of a group is clipped, so that one more image may turn the group's
    clipped gradient around: the sensitivity is twice the clip, and half the noise multiplier is accounted
    for.

    Args:
        noise_multiplier: Standard deviation of the noise over the clip, >= 0. Zero is not private.
        sampling_probability: Probability q in (0, 1] with which each image enters a step.
        num_steps: Number of steps, >= 0.
        microbatch_size: Images whose gradients are averaged before the clipping, >= 1.

    Raises:
        ValueError: An argument is out of its range.
    """
    _require_noise_multiplier(noise_multiplier)
    if not 0 < sampling_probability <= 1:
        raise ValueError(
            f"sampling_probability is {sampling_probability}; it must lie in (0, 1]. It is the expected "
            "batch size divided by the number of examples."
        )
    if num_steps != int(num_steps) or num_steps < 0:
        raise ValueError(f"num_steps is {num_steps}; it must be a whole number, 0 or more.")
    if microbatch_size != int(microbatch_size) or microbatch_size < 1:
        raise ValueError(f"microbatch_size is {microbatch_size}; it must be a whole number, 1 or more.")
    if num_steps == 0:
        return dp_accounting.NoOpDpEvent()
    accounted = float(noise_multiplier) / (2 if microbatch_size > 1 else 1)
    step = dp_accounting.PoissonSampledDpEvent(float(sampling_probability), dp_accounting.GaussianDpEvent(accounted))
    return step if num_steps == 1 else dp_accounting.SelfComposedDpEvent(step, int(num_steps))


def shard_event(noise_multiplier: float, num_shards: int) -> dp_accounting.DpEvent:
    """One Gaussian release on one of K shards of the data, drawn uniformly and in secret.

    The neighbouring data set has one image replaced, so one shard of the K is another. dp-accounting writes that as
    sampling without replacement: one of K, with replace-one adjacency. The Poisson event would be another mechanism:
    there each shard enters or not by a coin of its own, and where none enters the release is centred at zero. Here one
    always enters, so the outcomes that hide the image's shard are those of other shards, wherever these lie.

    Args:
        noise_multiplier: Standard deviation of the noise over the L2 distance that two shards' values can have, >= 0.
            Values of norm C at most lie 2C apart.
        num_shards: K >= 1. With K = 1 nothing is drawn: the plain Gaussian mechanism.

    Raises:
        ValueError: An argument is out of its range.
    """
    _require_noise_multiplier(noise_multiplier)
    if num_shards != int(num_shards) or num_shards < 1:
        raise ValueError(f"num_shards is {num_shards}; it must be a whole number, 1 or more.")
    inner = dp_accounting.GaussianDpEvent(float(noise_multiplier))
    return dp_accounting.SampledWithoutReplacementDpEvent(int(num_shards), 1, inner)


def event_to_json(event: dp_accounting.DpEvent) -> dict[str, Any]:
    """An event as plain JSON data, under dp-accounting's own names.

    Raises:
        ValueError: The event is of a kind that this package never makes.
    """
    match event:
        case dp_accounting.NoOpDpEvent() | dp_accounting.NonPrivateDpEvent():
            return {"type": type(event).__name__}
        case dp_accounting.GaussianDpEvent():
            return {"type": "GaussianDpEvent", "noise_multiplier": event.noise_multiplier}
        case dp_accounting.PoissonSampledDpEvent():
            inner = event_to_json(event.event)
            return {
                "type": "PoissonSampledDpEvent",
                "sampling_probability": event.sampling_probability,
                "event": inner,
            }
        case dp_accounting.SampledWithoutReplacementDpEvent():
            return {
                "type": "SampledWithoutReplacementDpEvent",
                "source_dataset_size": event.source_dataset_size,
                "sample_size": event.sample_size,
                "event": event_to_json(event.event),
            }
        case dp_accounting.SelfComposedDpEvent():
            return {"type": "SelfComposedDpEvent", "count": event.count, "event": event_to_json(event.event)}
        case dp_accounting.ComposedDpEvent():
            return {"type": "ComposedDpEvent", "events": [event_to_json(part) for part in event.events]}
    raise ValueError(
        f"Events of type {type(event).__name__} cannot be written down; allowed are Gaussian, "
        "PoissonSampled, SampledWithoutReplacement, SelfComposed, Composed, NonPrivate and NoOp events."
    )


def event_from_json(value: dict[str, Any]) -> dp_accounting.DpEvent:
    """The inverse of `event_to_json`.

    Raises:
        ValueError: The data is not what `event_to_json` writes.
    """
    try:
        match value["type"]:
            case "NoOpDpEvent":
                return dp_accounting.NoOpDpEvent()
            case "NonPrivateDpEvent":
                return dp_accounting.NonPrivateDpEvent()
            case "GaussianDpEvent":
                return gaussian_event(value["noise_multiplier"])
            case "PoissonSampledDpEvent":
                probability, inner = value["sampling_probability"], event_from_json(value["event"])
                if not 0 < probability <= 1:
                    raise ValueError(f"sampling_probability is {probability}; it must lie in (0, 1].")
                return dp_accounting.PoissonSampledDpEvent(probability, inner)
            case "SampledWithoutReplacementDpEvent":
                size, drawn = value["source_dataset_size"], value["sample_size"]
                if drawn != 1 or not isinstance(size, int) or value["event"]["type"] != "GaussianDpEvent":
                    raise ValueError(f"It must be a Gaussian release on 1 of K shards. Received: {value!r}.")
                return shard_event(value["event"]["noise_multiplier"], size)
            case "SelfComposedDpEvent":
                count = value["count"]
                if not isinstance(count, int) or count < 1:
                    raise ValueError(f"count is {count!r}; it must be a whole number, 1 or more.")
                return dp_accounting.SelfComposedDpEvent(event_from_json(value["event"]), count)
            case "ComposedDpEvent":
                return dp_accounting.ComposedDpEvent([event_from_json(part) for part in value["events"]])
            case other:
                raise ValueError(f"{other!r} is not a known event type.")
    except (KeyError, TypeError) as error:
        raise ValueError(f"This is not an event as event_to_json writes it ({error!r}): {value!r}") from error


def _require_noise_multiplier(noise_multiplier: float) -> None:
    if not (math.isfinite(noise_multiplier) and noise_multiplier >= 0):
        raise ValueError(
            f"noise_multiplier is {noise_multiplier}; it must be a finite number, 0 or more (0 is not "
            "private). Try 1.0."
        )
