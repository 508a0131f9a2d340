"""Secrets over several lines: a name on one and its value on the next, values that are wrapped, pieces of a key."""

import re
from collections.abc import Callable

from gateway_core.redaction.keys import hide_body, is_body, key_began_before, key_goes_on
from gateway_core.redaction.names import REDACTED, Secrecy, is_no_secret, is_plain_word, secrecy_of

_ANNOUNCES = re.compile(
    r"(?:\A|[\s\"'{,(.;-])([\w.-]{1,80})\\{0,3}[\"']?[ \t]?(?:[:=]|=>)[ \t]?(?:[|>][-+\d]{0,2})?[ \t]?\\?\Z"
)
_FLAG_AT_END = re.compile(r"(?:\A|\s)--?([A-Za-z][\w-]{0,80})[ \t]?\\?\Z")
_NAMES_A_VALUE = re.compile(
    r"[\"']?(?:key|name|id|field|header)[\"']?[ \t]?[:=][ \t]?[\"']?([\w.-]{1,80})[\"']?,?\Z", re.IGNORECASE
)
_ENTRY = re.compile(
    r"<(?:key|name)>([^<]{1,80})</(?:key|name)>\s{0,20}\Z"
    r"|<\w[^<>]{0,100}\b(?:key|name)=[\"']([^\"'<>]{1,80})[\"'][^<>]{0,100}>\s{0,20}\Z"
    r"|<(?:\w{1,40}:)?([\w.-]{1,60})(?:[ \t][^<>]{0,200})?>\s{0,20}\Z"
)
_SCHEME_AT_END = re.compile(r"authorization[\"']?[ \t]?[:=][ \t]?[\"']?[a-z][a-z\d-]{1,24}[ \t]?\\?\Z", re.IGNORECASE)
_ENTRY_VALUE = re.compile(r"(<(?:string|data|integer|real|value)>)([^<]+)(.*)\Z", re.DOTALL)
_LOGIN = re.compile(r"\b(?:login|user)\s+\S{1,200}\Z")
_PASSWORD = re.compile(r"(password\s+)(\S+)(.*)\Z", re.DOTALL)
_IS_A_VALUE = re.compile(
    r"([\"']?(?:value|val|data|content)[\"']?[ \t]?[:=][ \t]?[\"']?)([^\"']+)(.*)\Z", re.IGNORECASE | re.DOTALL
)
_PREFIX = re.compile(  # when, how bad, by whom: not what was said
    r"\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d[\d.,]{0,10}(?:Z|[+-]\d\d:?\d\d)?\]?\s+"
    r"(?:[A-Z]{4,8}:?\s+)?(?:\[[\w./:@-]{1,60}\]:?\s)?"
    r"|(?:[A-Z]{4,8}:?\s+)?\[[\w./:@-]{1,60}\]:?\s"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} \S{1,80}: "
)
_ONE_WORD = re.compile(r"(\s*(?:- )?[\"'`]?)([^\s\"'`]+)([\"'`]?[,;]?\s*)")
_ENDS_REDACTED = re.compile(r"\[redacted\]\\?\Z")
_LISTED = re.compile(r"\s*- [\"']?\[redacted\][\"']?\s*")
_PIECE = re.compile(r"[\w+/=.~-]{12,}")
_MONTHS = frozenset(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
_BEGINS_LIKE_A_VALUE = frozenset("-\"'vVdDcC<p")
_SHORTEST = 4  # characters of a value
_LONGEST_KEY = 400
"""Lines after which a private key is over that never ended: its log was cut, or mixed with another."""


class KeyWatch:
    """Tells the lines within a private key from others, in either direction."""

    def __init__(self, *, backwards: bool = False) -> None:
        self._enters = key_began_before if backwards else key_goes_on
        self._left = 0  # so many lines may still be of a key

    @property
    def active(self) -> bool:
        """Whether the next line may be a piece of a key."""
        return self._left > 0

    def is_inside(self, line: str | None) -> bool:
        """Whether a line, the next one, is a piece of a key. `None` stands for one without a word of keys."""
        enters = None if line is None else self._enters(line)
        if enters is not None:
            self._left = _LONGEST_KEY if enters else 0
            return False
        self._left = max(0, self._left - 1)
        return self._left > 0


def hide_across_lines(text: str) -> str:
    """A text of several lines, each redacted, without what only the line before tells."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if _may_go_on(line):
            lines[at] = _hide_continued(line, lines[at - 1] if at else "")
    return "\n".join(lines)


def _may_go_on(line: str) -> bool:
    """Whether a line may be the value, or a piece of it, that the line before has begun: quick, and mostly a no."""
    said = line.strip()
    if " " not in said:
        return len(said) >= _SHORTEST
    stamped = said[0] in "[0123456789" or said[:4].isupper() or said[:3] in _MONTHS
    if stamped and (prefix := _PREFIX.match(said)) is not None:
        said = said[prefix.end() :]
        if " " not in said.strip():
            return True
    return said[:1] in _BEGINS_LIKE_A_VALUE and (said.startswith("- ") or _value_in(said) is not None)


def hide_after(line: str, previous: Callable[[], str], *, in_key: bool = False) -> str:
    """A redacted line without what only the lines before tell: it is within a private key, or a value was begun there.

    `previous` is the redacted line before; it is asked for only if it matters.
    """
    if in_key:
        begin = _behind_prefix(line)
        return line[:begin] + hide_body(line[begin:])
    return _hide_continued(line, previous()) if _may_go_on(line) else line


def _hide_continued(line: str, previous: str) -> str:
    """A redacted line without the value that the redacted line before has announced or begun."""
    begin = _behind_prefix(line)
    return line[:begin] + _hidden_rest(line[begin:], previous[_behind_prefix(previous) :])


def _behind_prefix(line: str) -> int:
    """Where in a line of a log begins what was said."""
    prefix = _PREFIX.match(line)
    return prefix.end() if prefix is not None else 0


def _hidden_rest(line: str, previous: str) -> str:
    if is_body(line):
        return REDACTED
    previous = previous.rstrip()
    if not previous:
        return line
    value = _value_in(line.strip())
    if value is not None and _names(previous, value):
        return f"{value[1]}{REDACTED}{value[3]}"
    word = _ONE_WORD.fullmatch(line)
    if word is None or not _is_rest(word[2], word[1], previous):
        return line
    return f"{word[1]}{REDACTED}{word[3]}"


def _value_in(line: str) -> re.Match[str] | None:
    """The value in a line that would say nothing without the name in the line before."""
    return _IS_A_VALUE.match(line) or _ENTRY_VALUE.match(line) or _PASSWORD.match(line)


def _names(previous: str, value: re.Match[str]) -> bool:
    """Whether that line names the value in the next one, and so that it is a secret."""
    if value.re is _PASSWORD:
        return _LOGIN.search(previous) is not None
    named = (_ENTRY if value.re is _ENTRY_VALUE else _NAMES_A_VALUE).search(previous)
    if named is None or (secrecy := secrecy_of(next(filter(None, named.groups())))) is Secrecy.NONE:
        return False
    return not is_no_secret(value[2], secrecy)


def _is_rest(word: str, before: str, previous: str) -> bool:
    """Whether that only word of a line is a secret that the line before it tells."""
    if word.endswith(":") or is_no_secret(word, Secrecy.LIKELY):
        return False
    announced = _ANNOUNCES.search(previous) or _FLAG_AT_END.search(previous) or _ENTRY.search(previous)
    if announced is not None:
        secrecy = secrecy_of(next(filter(None, announced.groups())))
        return secrecy is Secrecy.CERTAIN or (secrecy is Secrecy.LIKELY and not is_plain_word(word))
    if _SCHEME_AT_END.search(previous):
        return not is_plain_word(word)
    if "- " in before:
        return _LISTED.fullmatch(previous) is not None
    if previous.strip() == REDACTED:
        return not is_plain_word(word)
    return _ENDS_REDACTED.search(previous) is not None and _PIECE.fullmatch(word) is not None and word[0] not in "/~"
