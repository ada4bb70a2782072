# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""`python -m tfdpgan`: the tools, one line each; with --completion, a script that completes their flags in bash.

python -m tfdpgan
source <(python -m tfdpgan --completion)
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tfdpgan.config.declaration import Declared, declared  # noqa: E402

TOOLS = {  # what each does, and the class of its settings
    "plan_privacy.py": (
        "what a training would cost in epsilon; needs no data",
        "tfdpgan.methods.plan_config:PlanConfig",
    ),
    "train_dpgan.py": ("trains a GAN on private images", "tfdpgan.methods.train_config:TrainConfig"),
    "train_dp_classifier.py": ("the DP classifier baseline", "tfdpgan.methods.classifier.settings:ClassifierConfig"),
    "generate.py": ("draws images from a run or a .tflite file", "tfdpgan.generation.generate_config:GenerateConfig"),
    "evaluate.py": ("says how good images are", "tfdpgan.evaluation.evaluation_config:EvaluateConfig"),
    "sweep_epsilon.py": (
        "trains at several budgets, draws utility against epsilon",
        "tfdpgan.sweep.config:SweepConfig",
    ),
    "compare_variants.py": ("trains variants side by side", "tfdpgan.sweep.variants:ComparisonConfig"),
    "compare_samplers.py": ("compares samplers on the same GANs", "tfdpgan.sweep.sampler_config:SamplerTableConfig"),
    "ring_of_gaussians.py": ("compares samplers in the plane", "tfdpgan.testbeds.ring_config:RingConfig"),
    "slim_generator.py": ("distils, prunes and quantises a generator", "tfdpgan.slimming.slim_config:SlimConfig"),
    "export_tflite.py": ("one verified .tflite file, or a web page", "tfdpgan.export.export_config:ExportConfig"),
    "audit_privacy.py": ("tries to refute the epsilon of a run", "tfdpgan.auditing.audit_config:AuditConfig"),
    "benchmark.py": ("what privacy costs in time and memory", "tfdpgan.benchmark.config:BenchmarkConfig"),
}
_OF_EVERY_TOOL = ("--help", "--json", "--flagfile=")
FLAGS_OF_ONE_TOOL = {  # defined in the tool itself, beside those of its settings
    "train_dpgan.py": ("--dry_run",),
    "train_dp_classifier.py": ("--dry_run",),
}
_COMPLETER = r"""
_tfdpgan() {
    local typed=${COMP_LINE:0:COMP_POINT} tool=${COMP_WORDS[0]##*/}
    typed=${typed##* }
    case "$typed" in
        --flagfile=*) COMPREPLY=($(compgen -f -- "${typed#*=}")) ;;
        --*=*) COMPREPLY=($(compgen -W "${_tfdpgan_choices[$tool${typed%%=*}]-}" -- "${typed#*=}")) ;;
        *)
            COMPREPLY=($(compgen -W "${_tfdpgan_flags[$tool]-}" -- "$typed"))
            [[ ${COMPREPLY-} == *= ]] && compopt -o nospace 2>/dev/null ;;
    esac
}
"""


def tool_list() -> str:
    """The tools, one line each; where the shell does not find them, how to call one."""
    width = max(map(len, TOOLS))
    lines = [f"  {name:{width}s}  {line}" for name, (line, _) in TOOLS.items()]
    hint = "Each has --help with an example."
    if shutil.which("train_dpgan.py") is None:
        hint += " The shell finds them once the environment is activated that tfdpgan was installed into."
    return "\n".join(["The tools of tfdpgan:", *lines, hint])


def bash_completion() -> str:
    """A script for `source`: flags of every tool, and the choices of those that have some."""
    flags, choices = [], []
    for tool, (_, settings) in TOOLS.items():
        module, name = settings.split(":")
        fields = declared(getattr(importlib.import_module(module), name))
        words = [word for field in fields for word in _flag_words(field)]
        flags.append(f"[{tool}]='{' '.join([*words, *FLAGS_OF_ONE_TOOL.get(tool, ()), *_OF_EVERY_TOOL])}'")
        choices += [
            f"[{tool}--{field.name}]='{' '.join(map(str, field.declaration.choice_names))}'"
            for field in fields
            if field.declaration.choice_names
        ]
    tables = [
        "\n".join([f"declare -gA _tfdpgan_{name}=(", *rows, ")"])
        for name, rows in (("flags", flags), ("choices", choices))
    ]
    return "\n".join([*tables, _COMPLETER.strip(), f"complete -F _tfdpgan {' '.join(TOOLS)}"])


def _flag_words(field: Declared) -> list[str]:
    return [f"--{field.name}", f"--no{field.name}"] if field.kind is bool else [f"--{field.name}="]


def main(arguments: list[str]) -> int:
    """Prints what was asked for; 2 for what is not known."""
    if arguments not in ([], ["--completion"], ["--help"]):
        print(f"python -m tfdpgan: knows --completion alone. Received: {' '.join(arguments)}.", file=sys.stderr)
        return 2
    print(bash_completion() if arguments == ["--completion"] else tool_list())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
