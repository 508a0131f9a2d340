"""`.env` files, as the gateways read them (the `dotenv` package of npm)."""

import re

# An opening quote's search for its end stops at the next quote of its kind, so the whole scan stays linear.
_ASSIGNMENT = re.compile(
    r"""
    ^[^\S\n]*+ (?:export[^\S\n]++)?+ (?P<name>[\w.-]++) (?:[^\S\n]*+=|:[^\S\n]) [^\S\n]*+
    (?: '(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*+)'
      | "(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"
      | `(?P<back>[^`\\]*+(?:\\.[^`\\]*+)*+)`
      | (?P<plain>[^#\n]*+) )
    [^\S\n]*+ (?:\#[^\n]*+)?+ $
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


def parse_dotenv(text: str) -> dict[str, str]:
    """The variables of a `.env` file; of a repeated name the last one counts. What is no assignment is skipped."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return {match["name"]: _value(match) for match in _ASSIGNMENT.finditer(lines)}


def _value(match: re.Match[str]) -> str:
    if match["double"] is not None:
        return match["double"].replace(r"\n", "\n").replace(r"\r", "\r")
    quoted = match["single"] if match["single"] is not None else match["back"]
    return quoted if quoted is not None else match["plain"].strip()
