"""Reads JSON for tests: what is asked for has to be of that kind."""

import json
from math import isfinite


def strictly_parsed(text: str) -> object:
    """What the text says, held to RFC 8259 and to what other programs read: no `NaN`, `1e999` or half a character."""
    text.encode()
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _finite(text: str) -> float:
    return float(text) if isfinite(float(text)) else _refuse(text)


def _refuse(text: str) -> float:
    raise AssertionError(f"{text} is no JSON")


def fields(value: object) -> dict[str, object]:
    """An object, by its keys."""
    assert isinstance(value, dict), value
    return value


def at(value: object, *keys: str) -> object:
    """What stands under these keys, one within the other."""
    for key in keys:
        value = fields(value)[key]
    return value


def rows(value: object) -> list[dict[str, object]]:
    """A list of objects."""
    assert isinstance(value, list), value
    return [fields(row) for row in value]


def strings(value: object) -> list[str]:
    assert isinstance(value, list), value
    return [text(one) for one in value]


def text(value: object) -> str:
    assert isinstance(value, str), value
    return value


def number(value: object) -> int:
    assert isinstance(value, int), value
    return value
