# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import time
from types import SimpleNamespace

from tfdpgan.training.callbacks import ProgressBar


def test_a_log_or_a_saved_notebook_holds_few_texts_of_a_bar(capsys):
    bar = ProgressBar(lambda: 1.5)
    bar.on_phase_start(SimpleNamespace(name="gan"), 0, 12)
    for step in range(12):
        bar.on_step("gan", step, {"loss": 0.25})
        time.sleep(0.1)
    bar.on_phase_end("gan", 12)
    texts = capsys.readouterr().err.split("\r")
    assert len(texts) <= 4
    assert "12/12" in texts[-1] and "epsilon=1.5" in texts[-1] and "loss=0.25" in texts[-1]
