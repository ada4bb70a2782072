# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The cards that go into a .tflite file: the model's and the run's."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np

from tfdpgan.export.export_error import ExportError
from tfdpgan.export.tflite_run import SIGNATURE, TFLiteNetwork
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.run import RunDirectory, versions


def model_card(
    generator: ReleasedGenerator, content: bytes, quantization: str, run_dir: RunDirectory, run_config: dict[str, Any]
) -> dict[str, Any]:
    """What the file says of its generator: signature, ranges, meanings, where it comes from (JSON data)."""
    network = TFLiteNetwork(content)
    num_classes, channels = generator.shape.num_classes, generator.shape.channels
    meanings: dict[str, dict[str, Any]] = {
        "z": {"meaning": "independent normal(0, 1)", "distribution": "independent standard normal"}
    }
    if generator.is_conditional:
        meanings["label"] = {"meaning": f"the class, 0 to {num_classes - 1}", "range": [0, num_classes - 1]}
    order = "grey" if channels == 1 else "RGB"
    image = {
        "meaning": f"real values in [-1, 1], {order}; pixel = (real + 1) * 127.5",
        "range": [-1.0, 1.0],
        "layout": "batch, height, width, channels",
        "channels": order,
    }
    signature = json.loads((run_dir.generator / "signature.json").read_text())
    return {
        "title": "Model card: generator of synthetic images",
        "synthetic": True,
        "quantization": quantization,
        "signature": {
            "name": SIGNATURE,
            "inputs": {name: {**_tensor(network.inputs[name]), **meaning} for name, meaning in meanings.items()},
            "outputs": {"image": {**_tensor(network.output), **image}},
        },
        "class_names": list(generator.class_names),
        "image_shape": list(generator.shape),
        "model": dataclasses.asdict(generator.config),
        "weights_sha256": signature["weights_sha256"],
        "provenance": generator.provenance,
        "epsilon": generator.provenance.get("epsilon"),
        "delta": generator.provenance.get("delta"),
        "run": run_dir.path.resolve().name,
        "parent_run": run_config.get("parent"),
        "versions": versions(),
    }


def _tensor(details: dict[str, Any]) -> dict[str, Any]:
    scale, zero_point = details["quantization"]
    return {
        "shape": [int(side) for side in details["shape"]],
        "dtype": np.dtype(details["dtype"]).name,
        "scale": float(scale) or None,
        "zero_point": int(zero_point) if scale else None,
    }


def privacy_cards(run_dir: RunDirectory) -> tuple[dict[str, Any], str]:
    """The run's privacy card, as JSON data and as text; ExportError where it cannot be read."""
    try:
        return json.loads(run_dir.card_json.read_text("utf-8")), run_dir.card.read_text("utf-8")
    except (OSError, json.JSONDecodeError):
        raise ExportError(
            f"{run_dir.path} has no readable privacy card, and a file does not leave without it. "
            "Run train_dpgan.py with the same --model_dir again: it writes the card."
        ) from None
