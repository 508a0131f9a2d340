"""Private keys: in one text, and in lines of which each holds a piece of one."""

import re

from gateway_core.redaction.names import REDACTED

_TITLE = r"-{4,5} ?(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}"
_BEGIN = r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}"
_END = r"-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}"
WHOLE_KEY = re.compile(rf"{_BEGIN}.*?(?:{_END}|\Z)", re.DOTALL)
END_ALONE = re.compile(rf"{_END}")
TITLES = re.compile(_TITLE)
PUTTY_KEY = re.compile(r"(Private-Lines: ?\d{1,4}\s).*?(?=Private-(?:MAC|Hash)|\Z)|(?<=Private-MAC: )\w+", re.DOTALL)
_BODY_WORD = re.compile(r"(?<![\w+/=.:-])[A-Za-z0-9+/]{16,}={0,2}(?![\w+/=.:-])")
_BODY_LINE = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_SHORT_BODY_LINE = re.compile(r"[A-Za-z0-9+/]{1,80}={0,2}")
_KINDS = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile(r"[0-9+]"))
_PATH_DEPTH = 3


def hide_keys(text: str) -> str:
    """The text without private keys, and without what stands before the end of one that began earlier."""
    if "PRIVATE KEY" not in text and "Private-" not in text:
        return text
    text = PUTTY_KEY.sub(lambda match: f"{match[1] or ''}{REDACTED}", WHOLE_KEY.sub(REDACTED, text))
    *heads, rest = END_ALONE.split(text)
    return "".join(f"{_without_body(head)}{REDACTED}" for head in heads) + rest


def _without_body(head: str) -> str:
    """What stands before the end of a key, without what may be of the key."""
    lines = head.split("\n")
    kept = len(lines)
    while kept and (not lines[kept - 1].strip() or _SHORT_BODY_LINE.fullmatch(lines[kept - 1].strip())):
        kept -= 1
    if not kept:
        return ""
    lines[kept - 1] = _without_body_at_end(lines[kept - 1])
    return "\n".join((*lines[:kept], "")) if kept < len(lines) else lines[-1]


def _without_body_at_end(line: str) -> str:
    """A line without the words of base64 at its end."""
    words = re.split(r"(\s+|\\n|\\r)", line)
    while len(words) > 1 and (not words[-1].strip() or words[-1] in ("\\n", "\\r") or _BODY_WORD.fullmatch(words[-1])):
        words.pop()
    return "".join(words)


def key_goes_on(text: str) -> bool | None:
    """Whether a private key that is in the text goes on behind it; `None` if none begins or ends there."""
    titles = TITLES.findall(text)
    return "BEGIN" in titles[-1] if titles else None


def key_began_before(text: str) -> bool | None:
    """Whether a private key that is in the text began before it; `None` if none begins or ends there."""
    titles = TITLES.findall(text)
    return "END" in titles[0] if titles else None


def is_body(line: str) -> bool:
    """Whether a line is base64 and nothing else, of the length that keys are wrapped at: it may be a piece of one."""
    line = line.strip()
    if _BODY_LINE.fullmatch(line) is None or not all(kind.search(line) for kind in _KINDS):
        return False
    return not (line.startswith("/") and line.count("/") >= _PATH_DEPTH)


def hide_body(line: str) -> str:
    """A line from within a private key, without what may be of it."""
    if _SHORT_BODY_LINE.fullmatch(line.strip()):
        return REDACTED
    return _BODY_WORD.sub(REDACTED, line)
