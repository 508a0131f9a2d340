"""Strict and bounded reading of what anybody may have written: JSON, TOML, numbers, spans of time; the way back.

Python reads more than the standards say: `NaN` in JSON, numbers beyond any float, integers of any length, nesting until
the stack ends. Nothing here raises anything but `ValueError`, whatever the text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from pydantic import BaseModel

DEEPEST_NESTING = 100  # levels; no real document comes near, and no interpreter's stack ends there
_LONGEST_INTEGER = 24  # characters; JavaScript writes larger numbers with an exponent
_LONGEST_SPAN_S = 1e10  # three centuries: no clock says more, and arithmetic with times holds
_MOST_DOTS = 100
"""In one line of TOML. The time that `tomllib` takes grows with the square of the parts of a key."""
_LARGEST_TOML = 64 << 10
_MOST_FAILURES = 200
"""So many braces among other text may begin no object; each may cost reading it to its end."""
_DIGITS = re.compile(r"[0-9]{1,18}")
Decoded = TypeVar("Decoded", bound="BaseModel")


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text[:_LONGEST_INTEGER]} is no number in JSON")


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise ValueError("it has an integer of too many digits")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("it has a number that is too large")
    return number


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=_refuse)


def parse_json(text: str | bytes, *, padded: bool = False) -> object:
    """The value of a JSON text (RFC 8259); of a repeated key the last one counts. Raises `ValueError`.

    `padded`: whatever follows the first value does not count.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        value: object = _DECODER.raw_decode(text.lstrip())[0] if padded else _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _is_too_deep(value, text):
        raise ValueError("it is nested too deeply")
    return value


def _is_too_deep(value: object, text: str, begin: int = 0, end: int | None = None) -> bool:
    """Whether the value of that part of a text has too many levels."""
    if text.count("[", begin, end) + text.count("{", begin, end) <= DEEPEST_NESTING:
        return False
    level = [value]
    for _ in range(DEEPEST_NESTING):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    """The lists and objects that are directly in a value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inner if isinstance(item, dict | list)]


def json_object(text: str | bytes) -> dict[str, object] | None:
    """The object that a JSON text is; `None` for any other text."""
    try:
        value = parse_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def last_object(text: str) -> dict[str, object] | None:
    """The last JSON object among whatever else was printed."""
    found: object = None
    position, failures = 0, 0
    while failures < _MOST_FAILURES and (start := text.find("{", position)) != -1:
        try:
            value, position = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            position, failures = start + 1, failures + 1
        else:
            found = found if _is_too_deep(value, text, start, position) else value
    return found if isinstance(found, dict) else None


def decode_model(model: type[Decoded], text: str | bytes, *, padded: bool = False) -> Decoded:
    """The model in a JSON text. Raises `ValueError`, which pydantic's own error is, too."""
    return model.model_validate(parse_json(text, padded=padded))


def encode_model(model: BaseModel, *, indent: int | None = None) -> str:
    """The JSON text of a model, as `decode_model` reads it back: with escapes for names that are no UTF-8."""
    separators = (",", ":" if indent is None else ": ")
    text = json.dumps(model.model_dump(mode="json"), ensure_ascii=False, indent=indent, separators=separators)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def parse_toml(text: str) -> Mapping[str, object]:
    """The table in a TOML text of moderate size. Raises `ValueError`."""
    import tomllib  # two commands of three read no TOML

    if len(text) > _LARGEST_TOML:
        raise ValueError(f"it is larger than {_LARGEST_TOML >> 10} KiB")
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise ValueError(f"a line in it has more than {_MOST_DOTS} dots")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def whole_number(text: str | None) -> int | None:
    """The number that ASCII digits stand for, 18 at most; `None` for any other text."""
    return int(text) if text is not None and _DIGITS.fullmatch(text) else None


def span_s(value: object, unit_s: float = 1.0) -> float | None:
    """The seconds of a span of time in that unit; `None` for what is no number, and for one that no clock can say."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        seconds = value * unit_s
    except OverflowError:
        return None
    return seconds if 0 <= seconds <= _LONGEST_SPAN_S else None
