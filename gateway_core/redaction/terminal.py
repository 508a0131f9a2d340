"""What a terminal acts upon: escape sequences, control characters, characters without a shape."""

import re

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*+(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS …: titles, clipboard
    r"|\x1b[ -/]*+[0-~]?"
)
_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
)
_INVISIBLE_CHARACTER = re.compile(f"[{_INVISIBLE}]")
_UNPRINTABLE_CHARACTER = re.compile(f"[{_INVISIBLE}\t\n]")


def is_inert(text: str) -> bool:
    """Whether nothing in the text can steer a terminal; line breaks and tabs count as harmless."""
    return _INVISIBLE_CHARACTER.search(text) is None


def inert(text: str) -> str:
    """The text without anything that a terminal acts upon but line breaks and tabs."""
    return _INVISIBLE_CHARACTER.sub("", _ESCAPE_SEQUENCE.sub("", text))


def printable(text: str) -> str:
    """`text` on one line and without anything that a terminal acts upon; secrets are not looked for."""
    return _UNPRINTABLE_CHARACTER.sub("", _ESCAPE_SEQUENCE.sub("", text))
