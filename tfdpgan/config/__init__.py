# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of a run, as plain data; the flags of the tools are made from them."""

from tfdpgan.config.checks import ConfigError, Settings, check_budget, check_training
from tfdpgan.config.declaration import changeable, redeclared, setting
from tfdpgan.config.settings import (
    ACCOUNTANTS,
    BUDGET_HINT,
    CLIP_HINT,
    NOISE_HINT,
    SCHEDULES,
    DataConfig,
    PrivacyConfig,
    RunConfig,
    compose,
    from_dict,
)
from tfdpgan.config.tables import Row, choices_from

__all__ = [
    "ACCOUNTANTS",
    "BUDGET_HINT",
    "CLIP_HINT",
    "NOISE_HINT",
    "SCHEDULES",
    "ConfigError",
    "DataConfig",
    "PrivacyConfig",
    "Row",
    "RunConfig",
    "Settings",
    "changeable",
    "check_budget",
    "check_training",
    "choices_from",
    "compose",
    "from_dict",
    "redeclared",
    "setting",
]
