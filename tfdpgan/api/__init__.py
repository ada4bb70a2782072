# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a person calls: train, generate, load. The tools and `DPGAN` use nothing else."""

from tfdpgan.api.drawing import (
    draw,
    export_tflite,
    generate,
    generate_images,
    load_generator,
    show_card_of,
    source_of,
    write_images,
)
from tfdpgan.api.judging import audit, benchmark, compare_samplers, evaluate, ring_of_gaussians, sweep
from tfdpgan.api.training import (
    check,
    expectation_of,
    expected_time_of,
    finished_before,
    load_data,
    plan,
    plan_classifier,
    slim,
    train,
    train_classifier,
)

__all__ = [
    "audit",
    "benchmark",
    "check",
    "compare_samplers",
    "draw",
    "evaluate",
    "expectation_of",
    "expected_time_of",
    "export_tflite",
    "finished_before",
    "generate",
    "generate_images",
    "load_data",
    "load_generator",
    "plan",
    "plan_classifier",
    "ring_of_gaussians",
    "show_card_of",
    "slim",
    "source_of",
    "sweep",
    "train",
    "train_classifier",
    "write_images",
]
