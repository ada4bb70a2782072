# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Every command in the documentation: its tool exists, and so do its flags, their values and its flagfile."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from tfdpgan.__main__ import FLAGS_OF_ONE_TOOL, TOOLS
from tfdpgan.config.declaration import declared

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "configs").iterdir()]
_TOOL = "|".join(re.escape(tool) for tool in TOOLS)
# Within backquotes, or the rest of a line, which a backslash continues; a "#" begins the lines of a flagfile's head.
_COMMAND = re.compile(rf"(?:^|[\s`/])({_TOOL})\s+(--(?:\\\n|[^`\n])*)")
_PLACEHOLDER = re.compile(r"^[A-Z_]+$|\.\.\.|^\$")


def commands():
    """Each tool with its arguments, wherever a page shows one."""
    for page in PAGES:
        for tool, rest in _COMMAND.findall(page.read_text()):
            words = re.sub(r"\\\n[#\s]*", " ", rest).split("  (")[0]
            yield pytest.param(tool, _split(words), id=f"{page.relative_to(ROOT)}: {tool} {words[:60]}")


def _split(text):
    try:
        return shlex.split(text)
    except ValueError:  # an apostrophe in the sentence that follows
        return text.split()


def settings_of(tool):
    module, name = TOOLS[tool][1].split(":")
    return {one.name: one for one in declared(getattr(importlib.import_module(module), name))}


@pytest.mark.parametrize(("tool", "words"), commands())
def test_a_command_of_the_documentation_is_understood(tool, words):
    settings = settings_of(tool)
    own = {"json", "help", *(flag[2:] for flag in FLAGS_OF_ONE_TOOL.get(tool, ()))}
    for word in words:
        if not word.startswith("--"):
            if word in ("...", "&&", "|", "(", ">"):
                break  # what follows is not for this tool
            continue
        name, _, value = word[2:].partition("=")
        if name == "flagfile":
            assert _PLACEHOLDER.search(value) or not value.startswith("configs/") or (ROOT / value).exists(), word
            continue
        if name in own:
            continue
        plain = name if name in settings else name.removeprefix("no")
        assert plain in settings, f"{tool} has no flag --{name}"
        one = settings[plain]
        if one.kind is bool:
            assert value in ("", "true", "false"), word
        elif value and not _PLACEHOLDER.search(value):
            for each in value.split("|"):
                assert one.declaration.problem(one.kind(each), one.kind, False) is None, word


def test_commands_are_found_in_the_readme_the_pages_and_the_flagfiles():
    found = [str(parameter.id) for parameter in commands()]
    for place in ("README.md", "docs/sampling.md", "docs/auditing.md", "docs/slimming.md", "configs/digits.cfg"):
        assert any(name.startswith(f"{place}:") for name in found), place
    assert any("train_dpgan.py --flagfile=configs/digits.cfg" in name for name in found if name.startswith("README"))
    assert len(found) > 100
