# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What an audit adds to a privacy card."""

from __future__ import annotations

from typing import Any


def with_audit(card: dict[str, Any], audited: str, is_refuted: bool) -> dict[str, Any]:
    """The card with what an audit found, in one paragraph; a claim that was refuted is the first red flag.

    Args:
        card: JSON data of a card. A card that is written anew, since the run went on, forgets its audit.
        audited: what was tried and found.
        is_refuted: whether the claim did not survive.
    """
    flag = "REFUTED by an audit: see audit.html."
    flags = [each for each in card["red_flags"] if each != flag]
    return {**card, "audited": audited, "red_flags": [flag] * is_refuted + flags}
