# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import sys

from tfdpgan.run import command_line


def test_the_command_of_a_notebook_is_no_file_of_its_server(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/ipykernel_launcher.py", "-f", "/root/.local/kernel-1.json"])
    assert command_line() == "in a notebook"
    monkeypatch.setattr(sys, "argv", ["/x/train_dpgan.py", "--steps=3"])
    assert command_line() == "train_dpgan.py --steps=3"
