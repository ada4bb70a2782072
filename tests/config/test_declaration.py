# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import inspect
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from tests.config.every_class import every_class
from tfdpgan.config import ConfigError, Settings, changeable, choices_from, redeclared, setting
from tfdpgan.config.declaration import declared
from tfdpgan.config.tables import Table
from tfdpgan.losses import LOSSES
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.plan_config import PlanConfig
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.models import ARCHITECTURES
from tfdpgan.slimming.slim_config import SlimConfig, SlimRunConfig

BOUNDS = ("above", "at_least", "below", "at_most")
RANGED = [
    pytest.param(cls, one, id=f"{cls.__name__}.{one.name}")
    for cls in every_class()
    for one in declared(cls)
    if one.name in inspect.get_annotations(cls) and any(getattr(one.declaration, bound) is not None for bound in BOUNDS)
]
NOT_POSSIBLE = {
    "delta": [0.0, 1.0, -1e-5],
    "l2_norm_clip": [0.0, 9e-7, -1.0],
    "holdout": [-0.1, 1.0, 500.0],
    "beta_1": [-0.1, 1.0],
    "beta_2": [-0.1, 1.0],
    "ema_decay": [-0.1, 1.0],
    "momentum": [-0.1, 1.0],
    "scale_momentum": [-0.1, 1.0],
    "target_compute_ratio": [0.9],
    "bits": [4, 0],
    **dict.fromkeys(
        ["latent_dim", "generator_width", "discriminator_width", "classifier_width", "batch_size", "num_generated"], [0]
    ),
    **dict.fromkeys(["physical_batch_size", "steps", "discriminator_steps", "generator_batch_size"], [0, -1]),
    **dict.fromkeys(["steps_per_block", "samples_every", "snapshots_every", "num_frequencies", "microbatches"], [0]),
    **dict.fromkeys(["warm_start_batch_size", "classifier_batch_size", "image_size", "num_examples"], [0]),
    **dict.fromkeys(["distillation_images", "distillation_batch_size", "rounds", "steps_per_round"], [0]),
    **dict.fromkeys(["epoch_batch_size", "num_batches", "seeds", "checkpoints", "num_images"], [0]),
    **dict.fromkeys(["epochs", "learning_rate", "generator_learning_rate", "target_epsilon"], [0.0, -1.0]),
    **dict.fromkeys(["noise_multiplier", "warm_start_noise_multiplier", "classifier_noise_multiplier"], [0.0, -1.0]),
    **dict.fromkeys(["warm_start_learning_rate", "classifier_learning_rate", "scale_learning_rate"], [0.0]),
    **dict.fromkeys(["distillation_learning_rate", "final_learning_rate_fraction"], [0.0]),
    **dict.fromkeys(["warm_start_steps", "classifier_steps", "pruning_steps", "recovery_steps"], [-1]),
    **dict.fromkeys(["fine_tuning_steps", "evaluation_images"], [-1]),
    **dict.fromkeys(["classifier_weight", "warm_start_classifier_weight", "pixel_weight", "gan_weight"], [-0.1]),
    **dict.fromkeys(["perceptual_weight", "style_weight", "weight_decay", "scale_penalty"], [-0.1]),
    "vgg16_size": [31],
}
OTHERS = {"num_batches": {"rounds": 1}}  # that a rule holds it against
WRONG_TYPES = {
    bool: [1, 0.0, "yes", [True]],
    int: [2.5, 2.0, True, "10", [10], (1, 2)],
    float: ["10", True, [1.0], {}, 1j],
    str: [5, 0.5, True, ["30"], b"digits", np.zeros(50)],
}


def made_with(cls, name, value):
    """None if the class takes the value, or what it says of it; rules on several settings say nothing here."""
    try:
        cls(**{name: value, **OTHERS.get(name, {})})
    except ConfigError as error:
        message = str(error)
        assert "\n" not in message and len(message) < 400
        return message if message.startswith(f"--{name} must be") else None
    return None


def numbers(one):
    """Numbers of its kind, many of them at its bounds."""
    bounds = [getattr(one.declaration, bound) for bound in BOUNDS]
    edges = [float(edge) for bound in bounds if bound is not None for edge in (bound - 1, bound, bound + 1)]
    if one.kind is int:
        return st.sampled_from([int(edge) for edge in edges]) | st.integers(-1000, 1000)
    edges += [math.nextafter(bound, end) for bound in bounds if bound is not None for end in (-9.0, 9.0)]
    return st.sampled_from([*edges, math.inf, -math.inf, math.nan]) | st.floats(-1000, 1000)


@pytest.mark.parametrize(("cls", "one"), RANGED)
@settings(max_examples=30, deadline=None)
@drawn(data=st.data())
def test_a_declared_range_is_what_is_accepted(cls, one, data):
    value, declaration = data.draw(numbers(one)), one.declaration
    is_inside = (
        math.isfinite(value)
        and (declaration.above is None or value > declaration.above)
        and (declaration.at_least is None or value >= declaration.at_least)
        and (declaration.below is None or value < declaration.below)
        and (declaration.at_most is None or value <= declaration.at_most)
    )
    message = made_with(cls, one.name, value)
    assert (message is None) == is_inside
    assert is_inside or f"Received: {value}" in message


@pytest.mark.parametrize("cls", every_class())
def test_values_that_no_tool_can_use_are_refused_wherever_the_setting_is(cls):
    for one in declared(cls):
        for value in NOT_POSSIBLE.get(one.name, []):
            assert made_with(cls, one.name, value) is not None, (one.name, value)


def test_the_settings_with_values_that_no_tool_can_use_exist():
    assert set(NOT_POSSIBLE) <= {one.name for cls in every_class() for one in declared(cls)}


@pytest.mark.parametrize("cls", every_class())
def test_values_of_another_type_are_refused_in_one_line(cls):
    for one in declared(cls):
        for value in WRONG_TYPES[one.kind]:
            message = made_with(cls, one.name, value)
            assert message is not None and "Received: " in message, (one.name, value)
        assert (made_with(cls, one.name, None) is None) == one.is_optional, one.name


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target_epsilon": "10"}, "--target_epsilon must be a number, greater than 0. Received: '10'."),
        ({"steps": 2.5}, "--steps must be a whole number, greater than 0. Received: 2.5."),
        ({"batch_size": True}, "--batch_size must be a whole number, greater than 0. Received: True."),
        ({"length_scales": [30, 105]}, "--length_scales must be text. Received: [30, 105]."),
        ({"accountant": None}, "--accountant must be one of pld, rdp. Received: None."),
        ({"public_data": "no"}, "--public_data must be True or False. Received: 'no'."),
        ({"delta": None}, "--delta must be a number, greater than 0 and below 1. Received: None."),
        ({"architecture": "vgg"}, f"--architecture must be one of {', '.join(ARCHITECTURES)}. Received: vgg."),
        ({"loss": "mse"}, f"--loss must be one of {', '.join(LOSSES)}. Received: mse."),
        (
            {"l2_norm_clip": 1e-9},
            "--l2_norm_clip must be 1e-06 or more. Received: 1e-09. Norms that are smaller are lost in float32; 1.0 is "
            "a usual choice.",
        ),
        ({"noise_multiplier": 0.0}, "--noise_multiplier must be greater than 0. Received: 0.0. For training without"),
    ],
)
def test_the_message_names_setting_rule_and_value(given, message):
    with pytest.raises(ConfigError) as error:
        TrainConfig(**{"noise_multiplier": 1.0, **given})
    assert str(error.value).startswith(message)


def test_numbers_of_numpy_and_paths_become_what_json_can_hold():
    config = TrainConfig(
        noise_multiplier=np.float32(1.5), steps=np.int64(7), conditional=np.bool_(True), model_dir=Path("runs/x")
    )
    values = [config.noise_multiplier, config.steps, config.conditional, config.model_dir]
    assert values == [1.5, 7, True, "runs/x"]
    assert [type(value) for value in values] == [float, int, bool, str]


def test_a_whole_number_is_a_number():
    assert TrainConfig(target_epsilon=10) == TrainConfig(target_epsilon=10.0)


@pytest.mark.parametrize(
    "contradiction",
    [
        dict(default=0.0, above=0),
        dict(default=2.0, below=2),
        dict(default=-1, at_least=0),
        dict(default=3, at_most=2),
        dict(default=1.0, above=0, at_least=0),
        dict(default=1.0, below=2, at_most=2),
        dict(default=None, above=1, below=1),
        dict(default=None, at_least=2, at_most=1),
        dict(default="a", choices=("b", "c")),
        dict(default=None, choices=()),
        dict(default=1, choices=(1, 2), above=0),
        dict(default="a", above=0),
        dict(default=True, above=0),
        dict(default=math.nan),
        dict(default=math.inf, above=0),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(contradiction):
    with pytest.raises(ValueError, match="contradicts itself"):
        setting(help="What it is.", **contradiction)


def test_a_declaration_of_something_else_than_plain_data_is_refused():
    @dataclasses.dataclass(frozen=True)
    class WithAList(Settings):
        sizes: list = setting(None, "Sizes.")

    with pytest.raises(TypeError, match="sizes"):
        WithAList()


@pytest.mark.parametrize("cls", every_class())
def test_defaults_keep_their_own_rules(cls):
    for one in declared(cls):
        assert one.declaration.problem(one.declaration.default, one.kind, one.is_optional) is None, one.name


@pytest.mark.parametrize("cls", every_class())
def test_a_sentence_ends_as_one_and_does_not_retype_the_choices_of_a_table(cls):
    for one in declared(cls):
        choices, sentence = one.declaration.choices, one.declaration.help
        assert sentence.endswith((".", ")")), one.name
        if isinstance(choices, Table):
            assert not all(str(name) in sentence for name in choices.names), one.name


def test_a_redeclared_setting_keeps_the_rest():
    (closed,) = (field for field in dataclasses.fields(TrainConfig) if field.name == "holdout")

    @dataclasses.dataclass(frozen=True)
    class Open(Settings):
        holdout: float | None = redeclared(closed, default=None)

    assert Open().holdout is None
    with pytest.raises(ConfigError, match="below 1"):
        Open(holdout=2.0)


def test_what_may_change_between_a_run_and_the_command_that_resumes_it():
    train = {
        "model_dir",
        "physical_batch_size",
        "samples_every",
        "snapshots_every",
        "tensorboard",
        "distribution",
        "tuning_runs",
        "steps_per_block",
        "clipping_method",
        "skip_bad_images",
        "data_dir",
        "cache_dir",
    }
    slim = {"teacher_dir", "keep_distillation_set", "vgg16_path", "evaluation_images"}
    assert changeable(TrainConfig) == train
    for cls, more in ((ClassifierConfig, set()), (SlimRunConfig, slim)):
        names = {field.name for field in dataclasses.fields(cls)}
        assert changeable(cls) == (train | more) & names


def test_choices_of_a_table_that_has_a_row_more_are_those_of_the_living_table(monkeypatch):
    from tfdpgan import models

    monkeypatch.setitem(models.ARCHITECTURES, "mine", models.Architecture("somewhere"))
    assert TrainConfig(noise_multiplier=1.0, architecture="mine").architecture == "mine"


def test_choices_may_be_what_a_function_returns(tmp_path, monkeypatch):
    (tmp_path / "room_of_rows.py").write_text("ROWS = {'a': 1, 'b': 2}\n\ndef chosen():\n    return list(ROWS)[1:]\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert choices_from("room_of_rows:ROWS").names == ("a", "b")
    assert "room_of_rows" not in sys.modules
    assert choices_from("room_of_rows:chosen").names == ("b",)
    monkeypatch.delitem(sys.modules, "room_of_rows")


@pytest.mark.parametrize("path", ["tfdpgan.nowhere:TABLE", "tfdpgan.models:NO_TABLE"])
def test_a_table_that_is_not_there_is_named(path):
    with pytest.raises((LookupError, ModuleNotFoundError), match=path.split(":")[0].split(".")[-1]):
        choices_from(path).names  # noqa: B018


@pytest.mark.parametrize("path", ["tfdpgan.models", "tfdpgan.models:", ":TABLE", "tfdpgan.models:A.B"])
def test_a_table_has_a_module_and_a_name(path):
    with pytest.raises(ValueError, match="module:TABLE"):
        choices_from(path)


@pytest.mark.parametrize("cls", [PlanConfig, SlimConfig])
def test_classes_that_need_something_say_what(cls):
    with pytest.raises(ConfigError, match="--num_examples is needed|--model_dir=RUN"):
        cls()
