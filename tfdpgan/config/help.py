# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What `--help` of a tool shows: its settings under the headings of their classes, and a command that works."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from tfdpgan.config.declaration import Declared
from tfdpgan.config.sections import Section, sections

WIDTH = 100
_INDENT = " " * 6
_WIDEST_CHOICES = 48  # longer ones are told in the sentence
_PLACEHOLDERS = {int: "INTEGER", float: "NUMBER", str: "TEXT"}
_FOOT = "--flagfile=FILE reads flags from a file, one a line. --helpfull lists those of absl too."


def help_text(
    about: str,
    example: str,
    cls: type[Any],
    chosen: Mapping[str, str],
    own_flags: Sequence[tuple[str, str]] = (),
) -> str:
    """The page that `--help` prints, no line of it longer than WIDTH.

    Args:
        about: the tool's docstring.
        example: a command that works.
        cls: the tool's settings.
        chosen: what the command line says, as far as it does, of the settings that decide which others are used
            ("method", "architecture"); defaults hold for the rest.
        own_flags: switches of the tool that are no settings, each with its sentence.
    """
    all_sections = sections(cls)
    chosen = {**_deciding_defaults(all_sections), **chosen}
    shown = [section for section in all_sections if _is_for(section, chosen)]
    blocks = [_reflowed(inspect.cleandoc(about))]
    blocks += ["\n".join([_wrapped(section.heading), *map(_entry, section.settings)]) for section in shown]
    blocks += filter(None, ["\n".join(map(_wrapped, _left_out(all_sections, chosen)))])
    if own_flags:
        switches = [f"  --[no]{name} (default off)\n{_wrapped(sentence, _INDENT)}" for name, sentence in own_flags]
        blocks.append("\n".join(["The tool itself.", *switches]))
    return "\n\n".join([*blocks, _FOOT, _example(example)]) + "\n"


def _deciding_defaults(all_sections: list[Section]) -> dict[str, Any]:
    deciding = {name for section in all_sections for name in section.only_for}
    settings = [one for section in all_sections for one in section.settings]
    return {one.name: one.declaration.default for one in settings if one.name in deciding}


def _is_for(section: Section, chosen: Mapping[str, Any]) -> bool:
    """Whether the section's settings are used; a tool without the setting that decides shows all."""
    return all(chosen[name] in values for name, values in section.only_for.items() if name in chosen)


def _left_out(all_sections: list[Section], chosen: Mapping[str, Any]) -> list[str]:
    """For each value that decides, one line on the settings that it leaves out, and how to see them."""
    lines = []
    for name, value in chosen.items():
        others = [section for section in all_sections if not _is_for(section, {name: value})]
        if others:
            count = sum(len(section.settings) for section in others)
            values = list(dict.fromkeys(other for section in others for other in section.only_for[name]))
            see = " or ".join(f"--{name}={other}" for other in values)
            what = "setting is" if count == 1 else "settings are"
            lines.append(f"{count} {what} not for --{name}={value}: see --help {see}.")
    return lines


def _entry(one: Declared) -> str:
    declaration, choices = one.declaration, "|".join(map(str, one.declaration.choice_names))
    sentence, notes = declaration.help, []
    if one.kind is bool:
        head = f"  --[no]{one.name}"
    elif choices and len(choices) <= _WIDEST_CHOICES and "," not in choices:
        head = f"  --{one.name}={choices}"
    else:
        head = f"  --{one.name}={_placeholder(one)}"
        if choices:
            between = "; " if "," in choices else ", "
            sentence += f" One of {between.join(map(str, declaration.choice_names))}."
    if declaration.range_words:
        notes.append(" and ".join(declaration.range_words))
    if declaration.default is not None:
        notes.append(f"default {_value(declaration.default)}")
    if notes:
        head += f" ({', '.join(notes)})"
    if len(head) > WIDTH:  # a default as long as a list of names
        names = _value(declaration.default).replace(",", ", ")
        head, sentence = head[: head.rindex(" (")], f"{sentence} Default: {names}."
    return f"{head}\n{_wrapped(sentence, _INDENT)}"


def _placeholder(one: Declared) -> str:
    if one.name.endswith(("_dir", "_path", "_python")):
        return "PATH"
    return "NAME" if one.declaration.choices else _PLACEHOLDERS[one.kind]


def _value(default: Any) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default:g}" if isinstance(default, float) else str(default)


def _reflowed(text: str) -> str:
    """Paragraphs filled to WIDTH; indented lines, such as tables, stay as they are."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        is_table = any(line.startswith(" ") for line in paragraph.splitlines())
        paragraphs.append(paragraph if is_table else _wrapped(" ".join(paragraph.split())))
    return "\n\n".join(paragraphs)


def _wrapped(text: str, indent: str = "") -> str:
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def _example(command: str) -> str:
    lines = textwrap.wrap(command, WIDTH - len(_INDENT) - 2, break_long_words=False, break_on_hyphens=False)
    return "Example:\n  " + f" \\\n{_INDENT}".join(lines)
