# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The two ways to warm critics up are the same work."""

import pytest

from tfdpgan.benchmark import warm_up_steps


@pytest.mark.parametrize(("candidate", "calls"), [("at_once", [[0, 1, 2]]), ("one_by_one", [[0], [1], [2]])])
def test_a_step_trains_every_critic_once(candidate, calls, monkeypatch):
    banks, seen = [], []

    class Bank(warm_up_steps.CriticBank):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            banks.append(self)

        def train(self, critics, batches):
            seen.append(critics.tolist())
            return super().train(critics, batches)

    monkeypatch.setattr(warm_up_steps, "CriticBank", Bank)
    step, facts = warm_up_steps.prepare(candidate, "patch", 2, 3, 2)
    step()
    assert seen == calls and facts["num_critics"] == 3
    assert banks[0].state["steps"].numpy().tolist() == [1, 1, 1]
