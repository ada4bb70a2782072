# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import pytest

from tfdpgan.config import ConfigError
from tfdpgan.config.python_words import in_python, python_words
from tfdpgan.methods.train_config import TrainConfig


@pytest.mark.parametrize(
    ("told", "in_words"),
    [
        ("Give --noise_multiplier (for example 1.3).", "Give noise_multiplier (for example 1.3)."),
        ("say --non_private.", "say non_private=True."),
        ("or train with --noconditional.", "or train with conditional=False."),
        ("--holdout=0.1: too much", "holdout=0.1: too much"),
        ("try --architecture=dcgan64.", 'try architecture="dcgan64".'),
        ("--model_dir=/tmp/x holds a run", 'model_dir="/tmp/x" holds a run'),
        ("--num_images is another tool's", "--num_images is another tool's"),
    ],
)
def test_flags_become_arguments(told, in_words):
    assert in_python(told, TrainConfig) == in_words


def test_the_kind_of_an_error_stays_and_others_pass():
    with pytest.raises(ConfigError, match="^delta must"), python_words(TrainConfig):
        raise ConfigError("--delta must be below 1")
    with pytest.raises(KeyError), python_words(TrainConfig):
        raise KeyError("--delta")
    with pytest.raises(UnicodeDecodeError), python_words(TrainConfig):
        raise UnicodeDecodeError("utf-8", b"--delta", 0, 1, "--delta")
