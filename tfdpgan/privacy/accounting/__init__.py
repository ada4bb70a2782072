# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Events, epsilons, and the ledger that books them before they happen."""

from tfdpgan.privacy.accounting.accountants import (
    ACCOUNTANTS,
    describe_accountant,
    epsilon,
    epsilon_by_classic_rdp,
    epsilons,
    noise_multiplier_for_epsilon,
)
from tfdpgan.privacy.accounting.events import (
    dp_sgd_event,
    event_from_json,
    event_to_json,
    gaussian_event,
    shard_event,
)
from tfdpgan.privacy.accounting.replace_one import neighboring_relation

__all__ = [
    "ACCOUNTANTS",
    "describe_accountant",
    "dp_sgd_event",
    "epsilon",
    "epsilon_by_classic_rdp",
    "epsilons",
    "event_from_json",
    "event_to_json",
    "gaussian_event",
    "neighboring_relation",
    "noise_multiplier_for_epsilon",
    "shard_event",
]
