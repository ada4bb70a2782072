# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.every_class import OF_TOOLS
from tfdpgan import DPGAN
from tfdpgan.config import ConfigError
from tfdpgan.config.declaration import declared
from tfdpgan.config.suggestions import did_you_mean, unknown_flag

TOOLS = Path(__file__).parents[2] / "tools"


def names_of(tool):
    return [one.name for one in declared(OF_TOOLS[tool])]


@pytest.mark.parametrize(
    ("tool", "given", "meant"),
    [
        ("train_dpgan.py", "epsilon", "target_epsilon"),
        ("train_dpgan.py", "lr", "learning_rate"),
        ("train_dpgan.py", "sigma", "noise_multiplier"),
        ("train_dpgan.py", "noise", "noise_multiplier"),
        ("train_dpgan.py", "clip", "l2_norm_clip"),
        ("train_dpgan.py", "output_dir", "model_dir"),
        ("train_dpgan.py", "logdir", "model_dir"),
        ("train_dpgan.py", "max_grad_norm", "l2_norm_clip"),
        ("train_dpgan.py", "noise-multiplier", "noise_multiplier"),
        ("train_dpgan.py", "batchsize", "batch_size"),
        ("plan_privacy.py", "noise_multiplyer", "noise_multiplier"),
        ("generate.py", "output_dir", "output"),
        ("sweep_epsilon.py", "output_dir", "sweep_dir"),
        ("export_tflite.py", "quantisation", "quantization"),
    ],
)
def test_the_likeliest_flag_of_the_tool_is_suggested(tool, given, meant):
    assert did_you_mean(given, names_of(tool))[0] == meant


@pytest.mark.parametrize(("tool", "given"), [("export_tflite.py", "epsilon"), ("train_dpgan.py", "zzz")])
def test_nothing_is_suggested_where_a_tool_has_nothing_like_it(tool, given):
    assert did_you_mean(given, names_of(tool)) == []
    assert unknown_flag(given, names_of(tool)) == f"--{given} is unknown. --help lists the flags."


@pytest.mark.parametrize("tool", sorted(OF_TOOLS))
def test_a_name_that_is_one_letter_off_is_found(tool):
    for name in (name for name in names_of(tool) if len(name) > 5):
        assert name in did_you_mean(name[:2] + name[3:], names_of(tool))


@pytest.mark.parametrize(
    ("tool", "flag", "line"),
    [
        ("train_dpgan.py", "--epsilon=1", "--epsilon is unknown. Did you mean --target_epsilon?"),
        ("plan_privacy.py", "--stepps=1", "--stepps is unknown. Did you mean --steps?"),
        ("generate.py", "--num_images=2.5", "--num_images must be a whole number, 1 or more. Received: '2.5'."),
        ("generate.py", "--num_images=0", "--num_images must be 1 or more. Received: 0."),
        ("generate.py", "--num_images=3", "--model_dir is needed, for example"),
    ],
)
def test_a_tool_says_it_in_one_line(tool, flag, line):
    result = subprocess.run([sys.executable, str(TOOLS / tool), flag], capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr.startswith(f"{tool}: {line}") and result.stderr.count("\n") == 1


def test_keywords_of_a_notebook_get_a_suggestion_too():
    with pytest.raises(ConfigError, match="Unknown settings: epsilon. Did you mean target_epsilon by epsilon?"):
        DPGAN(epsilon=1.0)
