"""JSON5 text → values, with errors that say where but never quote the text."""

import re

import pyjson5

from gateway_core.config.values import JsonValue

DEEPEST_NESTING = 100
"""Far beyond any real config, and far below what the interpreter's stack can take."""

_POSITION = re.compile(r"near (\d+)")
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (pyjson5.Json5NestingTooDeep, f"it is nested more than {DEEPEST_NESTING} levels deep"),
    (pyjson5.Json5EOF, "it ends too early, or something is not closed"),
    (pyjson5.Json5ExtraData, "something follows after its end"),
)


class ParseError(Exception):
    """The text is not JSON5; the message completes the sentence "The file …"."""


def parse_json5(text: str) -> JsonValue:
    """The value that a JSON5 text holds; of a repeated key the last one counts. Raises `ParseError`."""
    try:
        value: JsonValue = pyjson5.decode(text, DEEPEST_NESTING)
    except (pyjson5.Json5DecoderException, ValueError, RecursionError) as error:
        problem = _explain(error, text)
    else:
        return value
    # Raised out here because the decoder's error holds what it had read so far: it must not travel along.
    raise ParseError(problem)


def _explain(error: Exception, text: str) -> str:
    reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), "it has a stray character")
    position = _POSITION.search(str(error.args[0])) if error.args else None
    if position is None:
        return f"is not valid JSON5: {reason}"
    before = text[: max(int(position[1]) - 1, 0)]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return f"is not valid JSON5: {reason} (line {line}, column {column})"
