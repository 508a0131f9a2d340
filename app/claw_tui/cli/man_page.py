"""The man page, made of click's own data: what `--help` of each command says, in one page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

_EXAMPLES = "Examples:\n"
_CODES = (
    ("0", "Done."),
    ("1", "The answer is no: there is a conflict, an operation failed, what is wanted cannot be had."),
    ("2", "Bad usage, or an ID that means no gateway, or several."),
    ("3", "Could not tell: not everything could be seen."),
    ("130", "Interrupted by Ctrl+C."),
    ("141", "The reader of the pipe has left."),
)
_ENVIRONMENT = (
    ("NO_COLOR", "No colours."),
    ("CLAW_TUI_PLAIN", "With 1, ls, show and events print a fact per line in words, as with --plain."),
    ("CLAW_TUI_DEBUG", "With 1, an error of claw-tui itself also says where it happened."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_DATA_HOME", "Where its files are, in place of the directories below."),
)
_FILES = (
    ("~/.config/claw-tui/settings.toml", "The settings; claw-tui settings prints a file to begin with."),
    ("~/.config/claw-tui/", "Registered gateways and own products."),
    ("~/.local/state/claw-tui/", "Events, journals of new gateways, and what is remembered."),
    ("~/.local/share/claw-tui/trash/", "What an undo moved away."),
)


def man_page(group: click.Group, program: str, version: str, day: str) -> str:
    """The page of a program of that version, in the language of man(7); `day` is its date, as 2026-11-30."""
    context = click.Context(group, info_name=program)
    return "\n".join(_lines(group, context, program, version, day)) + "\n"


def _lines(group: click.Group, context: click.Context, program: str, version: str, day: str) -> Iterator[str]:
    summary, *description = _paragraphs(group.help)
    yield f'.TH {_text(program.upper())} 1 {day} "{_text(f"{program} {version}")}" "User Commands"'
    yield ".SH NAME"
    yield f"{_text(program)} \\- {_text(summary[:1].lower() + summary[1:].rstrip('.'))}"
    yield ".SH SYNOPSIS"
    yield f".B {_text(program)}"
    yield from (".RI [ OPTIONS ]", ".br", f".B {_text(program)}", ".I COMMAND", "[\\fIARGUMENTS\\fR]")
    yield ".SH DESCRIPTION"
    yield from _prose(description)
    yield ".SH OPTIONS"
    yield from _options(group, context)
    yield from _item("-h, --help", "Show help; so does each command, which also has examples.")
    yield ".SH COMMANDS"
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            yield from _command(command, click.Context(command, info_name=name, parent=context))
    yield from _examples(group, ".SH EXAMPLES")
    for title, rows in (("EXIT STATUS", _CODES), ("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        yield f".SH {_text(title)}"
        yield from (line for label, said in rows for line in _item(label, said))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f".SS {_quoted(' '.join((context.info_name or '', *command.collect_usage_pieces(context))))}"
    yield from _prose(_paragraphs(command.help))
    yield from _options(command, context)
    yield from _examples(command, ".PP\nExamples:\n.PP")


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for option in command.get_params(context):
        record = option.get_help_record(context) if isinstance(option, click.Option) else None
        if record is not None and "--help" not in option.opts:
            yield from _item(*record)


def _item(label: str, said: str) -> Iterator[str]:
    """A label, and what it means below it, indented."""
    yield from (".TP", f"\\fB{_text(label)}\\fR", _line(said))


def _examples(command: click.Command, title: str) -> Iterator[str]:
    """The examples of a command's help, as they are typed."""
    _, found, rest = (command.epilog or "").partition(_EXAMPLES)
    if not found:
        return
    lines = rest.partition("\n\n")[0].splitlines()
    yield from (title, ".nf", ".RS", *(_line(line.removeprefix("  ")) for line in lines), ".RE", ".fi")


def _paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a help, each on one line."""
    parts = re.split(r"\n[^\S\n]*\n", (text or "").strip())
    return [" ".join(part.replace("\b", "").split()) for part in parts]


def _prose(paragraphs: list[str]) -> Iterator[str]:
    for number, paragraph in enumerate(paragraphs):
        yield from ((".PP",) if number else ())
        yield _line(paragraph)


def _line(text: str) -> str:
    """The text as a line of its own, which a dot or a quote at its beginning would make a request."""
    return f"\\&{_text(text)}" if text.startswith((".", "'")) else _text(text)


def _quoted(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    r"""The text with what is special escaped, and all in ASCII, so that no locale matters."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("'", "\\(aq")
    escaped = escaped.replace("~", "\\(ti").replace("^", "\\(ha").replace("`", "\\(ga")
    return "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped)
