# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Cards of runs whose noise had no tails: what they have to say, and did not when they were written.

Before schema version 2 of the ledger the default noise was TensorFlow's, which ends at 5.678 standard deviations (see
`tfdpgan.privacy.mechanisms.normal_numbers`). The card named it by its generator, Philox.
"""

from typing import Any

_GENERATOR = "Philox"
FLAG = (
    "The noise of this run came from a generator that ends at 5.678 standard deviations. An outcome beyond is "
    "impossible without a certain image and possible with it, which delta does not count: over thousands of steps this "
    "can be more likely than delta. Noise of today's version has its tails."
)


def is_truncated(content: dict[str, Any]) -> bool:
    """Whether a card (JSON data) speaks of private steps with such noise."""
    facts = content.get("facts", {})
    return facts.get("noise_generator") == _GENERATOR and bool(content.get("stages") or content.get("ancestors"))


def confessed(content: dict[str, Any]) -> dict[str, Any]:
    """The card with the flag, where it belongs there and is not there yet."""
    if not is_truncated(content) or FLAG in content["red_flags"]:
        return content
    return {**content, "red_flags": [FLAG, *content["red_flags"]]}
