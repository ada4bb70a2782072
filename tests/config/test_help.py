# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from tests.config.every_class import OF_TOOLS, every_class
from tfdpgan.config import Settings, setting
from tfdpgan.config.declaration import declared
from tfdpgan.config.help import WIDTH, help_text
from tfdpgan.config.sections import sections
from tfdpgan.config.tables import Table
from tfdpgan.data import DATASETS
from tfdpgan.methods.train_config import TrainConfig

TOOLS = Path(__file__).parents[2] / "tools"
# Runs a tool as its user does, and says afterwards how it ended and whether TensorFlow was loaded.
_RUN = """
import json, runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    code = end.code
print(json.dumps([code, "tensorflow" in sys.modules]))
"""


def shown(tool, *flags):
    """What the tool prints, and how it ended."""
    command = [sys.executable, "-c", _RUN, str(TOOLS / tool), *flags]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not result.stderr
    *lines, end = result.stdout.splitlines()
    code, has_tensorflow = json.loads(end)
    assert not has_tensorflow
    return lines, code


def flags_in(lines):
    """The flags that have an entry, by their headings."""
    headings, found = None, {}
    for before, line in zip(["", *lines], lines, strict=False):
        if line and not line.startswith(" ") and not before:
            headings = line
        elif entry := re.match(r"  --(\[no\])?(\w+)", line):
            found.setdefault(headings, []).append(entry[2])
    return found


def test_every_tool_has_a_class_of_settings():
    assert sorted(OF_TOOLS) == sorted(path.name for path in TOOLS.glob("*.py"))


@pytest.mark.parametrize("tool", sorted(OF_TOOLS))
def test_help_has_each_flag_once_under_its_heading_and_the_example(tool):
    cls = OF_TOOLS[tool]
    lines, code = shown(tool, "--help", "--architecture=dcgan64") if cls is TrainConfig else shown(tool, "--help")
    assert code in (None, 0)
    by_heading = flags_in(lines)
    everything = sections(cls)
    names = {field.name for field in dataclasses.fields(cls)}
    chosen = {"method": "dpgan", "architecture": "dcgan64" if cls is TrainConfig else "dcgan"}
    hidden = {
        one.name
        for part in everything
        for one in part.settings
        if any(name in names and chosen[name] not in values for name, values in part.only_for.items())
    }
    own = {"train_dpgan.py": ["dry_run"], "train_dp_classifier.py": ["dry_run"]}.get(tool, [])
    assert by_heading.pop("The tool itself.") == [*own, "json"]
    expected = {part.heading: [one.name for one in part.settings if one.name not in hidden] for part in everything}
    assert by_heading == {heading: names for heading, names in expected.items() if names}
    listed = [name for names in by_heading.values() for name in names]
    assert sorted(listed) == sorted(names - hidden)
    assert "Example:" in lines and f"  {tool} --" in lines[lines.index("Example:") + 1]
    assert max(map(len, lines)) <= WIDTH


def test_help_says_default_range_choices_and_sentence():
    text = "\n".join(shown("train_dpgan.py", "--help")[0])
    for entry in (
        "  --delta=NUMBER (greater than 0 and below 1, default 1e-05)\n      Delta of the guarantee;",
        "  --accountant=pld|rdp (default pld)\n      Accountant of",
        "  --[no]clip_generated (default on)\n      Clip the",
        "  --[no]conditional\n      Generate by class",
    ):
        assert entry in text
    assert f"One of {', '.join(DATASETS)}." in " ".join(text.split())


@pytest.mark.parametrize("spelt", [["--method=mean_embedding"], ["--method", "mean_embedding"], ["--flagfile=f.cfg"]])
def test_help_leaves_out_what_the_method_does_not_use_and_says_how_to_see_it(spelt, tmp_path, monkeypatch):
    (tmp_path / "f.cfg").write_text("--method=mean_embedding\n")
    monkeypatch.chdir(tmp_path)
    lines, _ = shown("train_dpgan.py", *spelt, "--help")
    names = {name for listed in flags_in(lines).values() for name in listed}
    assert {"warm_start_steps", "method", "latent_dim", "target_epsilon"} <= names
    assert not {"learning_rate", "steps", "batch_size", "loss", "discriminator_norm", "classifier_weight"} & names
    of_methods = [part for part in sections(TrainConfig) if "method" in part.only_for]
    others = [part for part in of_methods if "mean_embedding" not in part.only_for["method"]]
    gone = {one.name for part in others for one in part.settings}
    see = " or ".join(dict.fromkeys(f"--method={name}" for part in others for name in part.only_for["method"]))
    assert see.startswith("--method=dpgan")
    text = " ".join(" ".join(lines).split())
    assert f"{len(gone)} settings are not for --method=mean_embedding: see --help {see}." in text
    assert not gone & names


def test_help_of_the_default_method_and_of_a_mistyped_one_is_the_same():
    default, _ = shown("train_dpgan.py", "--help")
    assert shown("train_dpgan.py", "--help", "--method=dpgann", "--flagfile=nowhere", "--zzz")[0] == default
    names = {name for listed in flags_in(default).values() for name in listed}
    assert {"learning_rate", "warm_start_steps", "classifier_steps"} <= names and "generator_norm" not in names


@dataclasses.dataclass(frozen=True)
class Common(Settings):
    """What all share."""

    method: str = setting("a", "Method.", choices=("a", "b", "c"))
    architecture: str = setting("x", "Networks.", choices=("x", "y"))


@dataclasses.dataclass(frozen=True)
class Own(Settings):
    """What two methods share, in one architecture."""

    for_method: ClassVar = ("b", "c")
    for_architecture: ClassVar = ("y",)

    depth: int = setting(3, "Depth.", at_least=1, at_most=9)


@dataclasses.dataclass(frozen=True)
class Whole(Own, Common):
    """All."""


@pytest.mark.parametrize(
    ("chosen", "is_shown", "lines"),
    [
        ({}, False, ["not for --method=a: see --help --method=b or --method=c.", "not for --architecture=x"]),
        ({"method": "b"}, False, ["1 setting is not for --architecture=x: see --help --architecture=y."]),
        ({"method": "c", "architecture": "y"}, True, []),
    ],
)
def test_settings_of_several_methods_and_one_architecture(chosen, is_shown, lines):
    text = help_text("About.", "tool.py", Whole, chosen)
    assert ("--depth=INTEGER (1 or more and 9 or less, default 3)" in text) == is_shown
    assert all(line in text for line in lines) and text.count(" not for ") == len(lines)


def test_markers_are_not_inherited():
    assert [part.only_for for part in sections(Whole)] == [{"method": ("b", "c"), "architecture": ("y",)}, {}]


@pytest.mark.parametrize("cls", every_class())
def test_markers_name_rows_of_their_tables(cls):
    tables = {one.name: one.declaration.choice_names for one in declared(TrainConfig)}
    for part in sections(cls):
        for name, values in part.only_for.items():
            assert set(values) <= set(tables[name])


ALL_CHOICES = {one.declaration.choices for cls in every_class() for one in declared(cls)}
TABLES = sorted((choices for choices in ALL_CHOICES if isinstance(choices, Table)), key=str)


def test_tables_are_read_as_their_rooms_have_them_and_without_them():
    named = [[table.module, table.name] for table in TABLES]
    script = (
        "import json, sys; from tfdpgan.config.tables import Table;"
        "print(json.dumps([Table(*names).names for names in json.loads(sys.argv[1])]));"
        "print('tensorflow' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, json.dumps(named)], capture_output=True, text=True, check=True
    )
    written, has_tensorflow = result.stdout.splitlines()
    assert has_tensorflow == "False"
    living = [getattr(importlib.import_module(module), name) for module, name in named]
    assert json.loads(written) == [list(table() if callable(table) else table) for table in living]
    assert len(living) >= 8
