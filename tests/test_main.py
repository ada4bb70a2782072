# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""`python -m tfdpgan`: the list of tools, and completion in a real bash."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tfdpgan import __main__ as tool_table

ROOT = Path(__file__).parents[1]


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "tfdpgan", *arguments], capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("completion") / "tfdpgan.bash"
    path.write_text(run("--completion").stdout)
    return path


def completions(script, line):
    """What bash offers where the cursor stands at the end of the line."""
    command = f"""
        source {script}
        COMP_LINE="$1"; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=($1)
        _tfdpgan
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    result = subprocess.run(["bash", "-uc", command, "bash", line], capture_output=True, text=True, check=True)
    assert not result.stderr
    return result.stdout.split()


def test_every_tool_is_listed_once_with_the_settings_that_it_takes():
    assert set(tool_table.TOOLS) == {path.name for path in (ROOT / "tools").glob("*.py")}
    for name, (_, settings) in tool_table.TOOLS.items():
        source = (ROOT / "tools" / name).read_text()
        (defined,) = re.findall(r"^define_flags\((\w+)\)", source, re.M)
        origins = {
            f"{node.module}:{alias.name}"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        assert settings.endswith(f":{defined}") and settings in origins
        own = re.findall(r'^flags\.DEFINE_\w+\("(\w+)"', source, re.M)
        assert [f"--{flag}" for flag in own] == [*tool_table.FLAGS_OF_ONE_TOOL.get(name, ())]
    listed = run().stdout
    assert all(listed.count(f"  {name} ") == 1 for name in tool_table.TOOLS)


def test_the_list_and_the_completion_load_no_tensorflow():
    code = (
        "import sys; from tfdpgan import __main__ as m; m.tool_list(); m.bash_completion(); "
        "print('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("train_dpgan.py --target_e", ["--target_epsilon="]),
        ("train_dpgan.py --method=gs", ["gswgan"]),
        ("/somewhere/train_dpgan.py --noise_multiplier=1 --method=dpa", ["dpac"]),
        ("plan_privacy.py --method=mean", []),
        ("export_tflite.py --quantization=in", ["int8", "int8_float_io", "int16x8"]),
        ("train_dpgan.py --dry", ["--dry_run"]),
        ("generate.py --flagfi", ["--flagfile="]),
        ("generate.py --no_such_flag=", []),
    ],
)
def test_bash_completes_flags_and_choices(script, line, offered):
    assert completions(script, line) == offered


def test_bash_completes_the_path_of_a_flagfile(script, tmp_path):
    (tmp_path / "my.cfg").touch()
    assert completions(script, f"train_dpgan.py --flagfile={tmp_path}/m") == [f"{tmp_path}/my.cfg"]


def test_what_is_not_known_gets_one_line():
    result = run("--complete")
    assert result.returncode == 2 and result.stderr.count("\n") == 1 and "--completion" in result.stderr
