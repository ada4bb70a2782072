# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Every class of settings of the package."""

from tfdpgan.auditing.audit_config import AuditConfig
from tfdpgan.benchmark.config import BenchmarkConfig
from tfdpgan.config import Settings
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.generation.generate_config import GenerateConfig
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.plan_config import PlanConfig
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.slimming.slim_config import SlimConfig
from tfdpgan.sweep.config import SweepConfig
from tfdpgan.sweep.sampler_config import SamplerTableConfig
from tfdpgan.sweep.variants import ComparisonConfig
from tfdpgan.testbeds.ring_config import RingConfig

OF_TOOLS = {
    "audit_privacy.py": AuditConfig,
    "benchmark.py": BenchmarkConfig,
    "compare_samplers.py": SamplerTableConfig,
    "compare_variants.py": ComparisonConfig,
    "evaluate.py": EvaluateConfig,
    "export_tflite.py": ExportConfig,
    "generate.py": GenerateConfig,
    "plan_privacy.py": PlanConfig,
    "ring_of_gaussians.py": RingConfig,
    "slim_generator.py": SlimConfig,
    "sweep_epsilon.py": SweepConfig,
    "train_dp_classifier.py": ClassifierConfig,
    "train_dpgan.py": TrainConfig,
}


def every_class(cls: type = Settings) -> list[type]:
    """Tools' classes and the parts that they are made of; those of tests are left out."""
    below = [found for one in cls.__subclasses__() for found in [one, *every_class(one)]]
    return [one for one in dict.fromkeys(below) if not one.__module__.startswith("tests")]
