"""Text for ears: a fact per line in words, without the symbols, columns and abbreviations of what is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from claw_tui.text.sections import Fact, Piece, Section
from claw_tui.text.values import ABSENT

_SYMBOL = re.compile(r"^[^\w\s\"'“(/~.-] +")
_SPACES = re.compile(r" {2,}")
_RANGE = re.compile(r"(?<=\d)–(?=\d)")
_UP = re.compile(r"\bup (\d+)([smhd])(\d\d)?\b")
_MEMORY = re.compile(r"(?<=, )(\d+(?:\.\d)?)([KMGT])$")
_TIME_UNITS = {"s": ("second", ""), "m": ("minute", ""), "h": ("hour", "minute"), "d": ("day", "hour")}
_BYTE_UNITS = {"K": "kilobytes", "M": "megabytes", "G": "gigabytes", "T": "terabytes"}
_PROGRAM = "claw-tui "  # a command is written as it is typed
_IN_WORDS = ((" → ", " to "), (" × ", " and "), ("→ ", "Remedy: "))
_LABELS = {
    "base": "base port",
    "configured": "configured port",
    "live": "live port",
    "http": "HTTP",
    "cdp": "CDP",
}


def sentences(sections: Iterable[Section]) -> list[str]:
    """The title of each section, and a line for each of its facts, between blank lines."""
    lines: list[str] = []
    for section in sections:
        lines += ["", f"{said(section.title)}:", *map(sentence, section.facts)]
    return lines[1:]


def sentence(item: Fact) -> str:
    """Say one fact, such as `Base port: 19001, from its config`, as a sentence."""
    label = said(item.label)
    label = _LABELS.get(label, label)
    told = ", ".join(filter(None, map(_piece, item.pieces)))
    if not label:
        return closed(told)
    begin = label if label.startswith(_PROGRAM) else f"{label[:1].upper()}{label[1:]}"
    return closed(f"{begin}: {told}")


def said(text: str) -> str:
    """The text without the symbol that it begins with, and with words for signs."""
    text = _SPACES.sub(" ", _SYMBOL.sub("", text.strip()))
    for sign, words in _IN_WORDS:
        text = text.replace(sign, words)
    return _UP.sub(_time_up, _RANGE.sub(" to ", text))


def closed(text: str) -> str:
    """The text as a sentence; behind a path or an address a full stop would seem to be a part of it."""
    last = text.rpartition(" ")[2]
    return text if not text or text[-1] in ".!?:…" or "/" in last else f"{text}."


def headed(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A blank line, the title, and a sentence for each line; nothing at all if there are none."""
    told = [closed(said(line)) for line in lines]
    if told:
        yield from ("", f"{title}:", *told)


def _piece(piece: Piece) -> str:
    if piece.is_command:
        return piece.text
    return "not known" if piece.text == ABSENT else _MEMORY.sub(_amount, said(piece.text))


def _time_up(found: re.Match[str]) -> str:
    number, (unit, smaller) = int(found[1]), _TIME_UNITS[found[2]]
    rest = int(found[3] or 0)
    return f"up {_counted(number, unit)}{f' {_counted(rest, smaller)}' if rest else ''}"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _amount(found: re.Match[str]) -> str:
    return f"{found[1]} {_BYTE_UNITS[found[2]]}"
