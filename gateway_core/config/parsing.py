"""Texts to values: JSON5, `.env` files, ports and URLs."""

import math
import re
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

import pyjson5

from gateway_core.decoding import DEEPEST_NESTING

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
LAST_PORT = 65535
_PORT_VARIABLE = re.compile(r"(?:\[[^\]]+\]:|[^:\[\]]+:)?([0-9]{1,9})")
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_GIANT = re.compile(r"0[xX][0-9a-fA-F]{256}")
_LARGEST_NUMBER = int(sys.float_info.max)
_POSITION = re.compile(r"near (\d+)")
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (pyjson5.Json5NestingTooDeep, f"it is nested more than {DEEPEST_NESTING} levels deep"),
    (pyjson5.Json5EOF, "it ends too early, or something is not closed"),
    (pyjson5.Json5ExtraData, "something follows after its end"),
)
# An opening quote's search for its end stops at the next quote of its kind, so the whole scan stays linear.
_ASSIGNMENT = re.compile(
    r"""
    ^[^\S\n]*+ (?:export[^\S\n]++)? (?P<name>[\w.-]++) (?:[^\S\n]*+=|:[^\S\n]) [^\S\n]*+
    (?: '(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*)'
      | "(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*)"
      | `(?P<back>[^`\\]*+(?:\\.[^`\\]*+)*)`
      | (?P<plain>[^#\n]*+) )
    [^\S\n]*+ (?:\#[^\n]*+)? $
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The target of a configured URL: a port of this host, or another host (`None`)."""

    local_port: int | None

    @property
    def remote(self) -> bool:
        return self.local_port is None


def port_from_variable(text: str | None) -> int | None:
    """The port in `<PREFIX>GATEWAY_PORT`: `18789`, `host:18789` or `[::1]:18789`; `None` if it is not valid.

    As openclaw 2026.9.6 reads it; the gateways ignore an invalid one.
    """
    match = _PORT_VARIABLE.fullmatch((text or "").strip())
    return valid_port(int(match[1])) if match else None


def is_switched_on(text: str | None) -> bool:
    """Whether a variable's value turns something on, as openclaw 2026.9.6 reads it."""
    return (text or "").strip().lower() in ("1", "true", "yes", "on")


def valid_port(number: float) -> int | None:
    """`number` as a TCP port, or `None` if it is none; JSON does not tell 18789 from 18789.0."""
    whole = not isinstance(number, bool) and number == number // 1
    return int(number) if whole and 1 <= number <= LAST_PORT else None


def endpoint(url: str) -> Endpoint | None:
    """The target of an http(s) or ws(s) URL; `None` if it is no such URL."""
    try:
        parts = urlsplit(url.strip())
        port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    except (KeyError, ValueError):
        return None
    if not parts.hostname or valid_port(port) is None:
        return None
    return Endpoint(port if _is_loopback(parts.hostname) else None)


def _is_loopback(hostname: str) -> bool:
    name = hostname.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


class ParseError(Exception):
    """A text is not JSON5; the message completes the sentence "The file …"."""


def parse_json5(text: str) -> JsonValue:
    """The value of a JSON5 text; of a repeated key the last one counts. Raises `ParseError`."""
    try:
        value = decode(text)
    except (pyjson5.Json5DecoderException, ValueError, RecursionError) as error:
        problem = _explain(error, text)
    else:
        return value
    # Raised out here because the decoder's error holds what it had read so far: it must not travel along.
    raise ParseError(problem)


def decode(text: str) -> JsonValue:
    """The value of a JSON5 text. Raises the decoder's errors, `ValueError` and `RecursionError`."""
    value: JsonValue = pyjson5.decode(text, DEEPEST_NESTING)
    return without_giants(value, text)


def without_giants(value: JsonValue, text: str) -> JsonValue:
    """The value that was read of that text, with infinity for numbers beyond what JavaScript holds.

    Python reads `0xfff…` of any length, and fails at writing it in decimal digits.
    """
    return _with_infinity(value) if _GIANT.search(text) else value


def _with_infinity(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _with_infinity(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_infinity(item) for item in value]
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        return math.inf if value > 0 else -math.inf
    return value


def error_offset(error: Exception) -> int | None:
    """Where in its text the decoder has met a mistake, or where what is not closed begins."""
    position = _POSITION.search(str(error.args[0])) if error.args else None
    return max(int(position[1]) - 1, 0) if position else None


def _explain(error: Exception, text: str) -> str:
    reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), "it has a stray character")
    at = error_offset(error)
    if at is None:
        return f"is not valid JSON5: {reason}"
    before = text[:at]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return f"is not valid JSON5: {reason} (line {line}, column {column})"


def parse_dotenv(text: str) -> dict[str, str]:
    """The variables of a `.env` file; of a repeated name the last one counts. What is no assignment is skipped."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return {match["name"]: _value(match) for match in _ASSIGNMENT.finditer(lines)}


def _value(match: re.Match[str]) -> str:
    if match["double"] is not None:
        return match["double"].replace(r"\n", "\n").replace(r"\r", "\r")
    quoted = match["single"] if match["single"] is not None else match["back"]
    return quoted if quoted is not None else match["plain"].strip()
