# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a slim generator owes to its teacher."""

import json
import math

from tests.slimming.small import slim, slim_config, train_teacher


def test_the_ledger_of_a_teacher_without_privacy_is_infinite_and_of_a_public_one_free(tmp_path, digit_images):
    quick = dict(pruning_steps=1, recovery_steps=1, distillation_images=10, gan_weight=0.0, target_compute_ratio=None)
    train_teacher(tmp_path / "open", digit_images, non_private=True, noise_multiplier=None)
    ledger = slim(slim_config(tmp_path / "open", tmp_path / "open_slim", **quick))
    lines = [line for line in (tmp_path / "open_slim/privacy_card.md").read_text().splitlines() if line.strip()]
    assert math.isinf(ledger.epsilon(1e-5))
    assert any("NOT PRIVATE" in line and "descent from open" in line for line in lines[:2])

    train_teacher(tmp_path / "public", digit_images, public=True, public_data=True, noise_multiplier=None)
    ledger = slim(slim_config(tmp_path / "public", tmp_path / "public_slim", **quick))
    card = json.loads((tmp_path / "public_slim/privacy_card.json").read_text())
    assert ledger.epsilon(1e-5) == 0 and "No private image was used" in card["statement"]
    assert any("declared public" in entry for entry in card["public_inputs"])

    # The child of a child has the same cost again.
    thin = dict(quick, bits=32)
    slim(slim_config(tmp_path / "open", tmp_path / "middle", **thin))
    ledger = slim(slim_config(tmp_path / "middle", tmp_path / "last", **thin))
    assert math.isinf(ledger.epsilon(1e-5))
