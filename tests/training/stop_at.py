# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C at a chosen step."""

import os
import signal

import pytest

from tfdpgan.training.callbacks import Callback


class StopAt(Callback):
    """Sends this process the signal that Ctrl-C sends, at one step."""

    def __init__(self, phase, step):
        self._when = (phase, step)

    def on_step(self, phase, step, metrics):
        if (phase, step) == self._when:
            os.kill(os.getpid(), signal.SIGINT)


def run_until(session, phase, step, monkeypatch):
    """Runs a training or a slimming until Ctrl-C at this step; returns its session."""
    callbacks = session._callbacks
    monkeypatch.setattr(session, "_callbacks", lambda *args: [*callbacks(*args), StopAt(phase, step)])
    with pytest.raises(KeyboardInterrupt, match=f"{phase} after step {step} of"):
        session.run(show_progress=False)
    return session
