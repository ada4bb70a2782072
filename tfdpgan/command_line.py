# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the scripts in tools/ share: flags, one line for a user's mistake, exit codes, `--json`."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import sys
import traceback
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start-up notes are not for our users

from absl import app, flags, logging  # noqa: E402

from tfdpgan.config.declaration import declared  # noqa: E402
from tfdpgan.config.help import help_text  # noqa: E402
from tfdpgan.config.sections import MARKERS  # noqa: E402
from tfdpgan.config.suggestions import unknown_flag  # noqa: E402

flags.disclaim_key_flags()  # --json is the flag of the tool that runs

USER_ERROR_EXIT_CODE = 2
_HELP = frozenset({"-h", "-help", "--help", "--help=true", "-helpshort", "--helpshort"})


def run(main: Callable[[], tuple[str, Any]], settings: type[Any], example: str) -> None:
    """Runs a tool: parses flags, calls `main`, prints what it returns.

    A mistake of the user (ValueError and its kinds, a file that cannot be read or written) ends in one line on stderr
    and exit code 2. Set TFDPGAN_TRACEBACK=1 to see where it was raised.

    Args:
        main: returns the text to print and the value for `--json`.
        settings: the class that the tool's flags were defined from; `--help` shows it.
        example: a command that works, shown by `--help`.
    """
    flags.DEFINE_bool("json", False, "Print the result as one JSON object on the last line of stdout.")
    about = sys.modules["__main__"].__doc__ or ""
    if _HELP.intersection(sys.argv[1:]):
        _print(help_text(about, example, settings, _deciding(sys.argv, settings), _switches(settings)))
        sys.exit()
    sys.modules["__main__"].__doc__ = f"{about}\nExample:\n  {example}\n"  # for --helpfull
    app.run(lambda _: _report(main), flags_parser=functools.partial(_parse_flags, settings=settings))


def beside(tool: str) -> str:
    """How another of the tools is called: by its name where the shell finds it, else by its path beside this one."""
    return tool if shutil.which(tool) else os.path.join(os.path.dirname(sys.argv[0]), tool)


def _deciding(arguments: list[str], settings: type[Any]) -> dict[str, str]:
    """What the command line says of the settings that decide which others are used, names that there are."""
    with contextlib.suppress(flags.Error):  # no such flagfile: help is shown all the same
        arguments = flags.FLAGS.read_flags_from_files(arguments)
    found = {}
    for one in declared(settings):
        if one.name in MARKERS:
            for place, argument in enumerate(arguments):
                name, is_assigned, value = argument.lstrip("-").partition("=")
                if argument.startswith("-") and name == one.name:
                    found[name] = value if is_assigned else "".join(arguments[place + 1 : place + 2])
            if found.get(one.name) not in one.declaration.choice_names:
                found.pop(one.name, None)
    return found


def _switches(settings: type[Any]) -> list[tuple[str, str]]:
    """The tool's flags that are no settings, with their sentences."""
    known = {one.name for one in declared(settings)}
    return [
        (flag.name, flag.help) for flag in flags.FLAGS.get_key_flags_for_module(sys.argv[0]) if flag.name not in known
    ]


def _parse_flags(arguments: list[str], settings: type[Any]) -> list[str]:
    try:
        rest = flags.FLAGS(arguments)
    except flags.UnrecognizedFlagError as error:
        own = flags.FLAGS.get_key_flags_for_module(sys.argv[0])
        _fail(unknown_flag(error.flagname, [flag.name for flag in own]))
    except flags.Error as error:
        _fail(_in_our_words(" ".join(str(error).split()), settings))
    if len(rest) > 1:
        _fail(f"Unexpected argument: {rest[1]}. Every setting is a flag, --name=value; --help lists them.")
    logging.set_verbosity(logging.INFO if flags.FLAGS.is_parsed() and flags.FLAGS.verbosity > 0 else logging.WARNING)
    return rest


def _in_our_words(problem: str, settings: type[Any]) -> str:
    """absl's line about a value of the wrong type as the setting's declaration has it; any other line as it is."""
    found = re.match(r"flag --(\w+)=(.*?): ", problem)
    for one in declared(settings):
        if found and one.name == found[1]:
            return f"--{one.name} {one.declaration.problem(found[2], one.kind, one.is_optional)}"
    return problem


def _report(main: Callable[[], tuple[str, Any]]) -> None:
    try:
        text, value = main()
    except (ValueError, OSError, KeyboardInterrupt) as error:
        if os.environ.get("TFDPGAN_TRACEBACK"):
            traceback.print_exc()
        _fail(_one_line(error))
    _print(text, *([json.dumps(value)] if flags.FLAGS.json else []))


def _print(*texts: str) -> None:
    try:
        print(*texts, sep="\n", flush=True)
    except BrokenPipeError:  # the reader (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _one_line(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return str(error) or "Interrupted."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'A file'}: {error.strerror}."
    return " ".join(str(error).split()) or type(error).__name__


def _fail(message: str) -> None:
    sys.stdout.flush()
    print(f"{os.path.basename(sys.argv[0])}: {message}", file=sys.stderr)
    sys.exit(USER_ERROR_EXIT_CODE)
