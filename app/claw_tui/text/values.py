"""Numbers, times, ports and foreign text as people read them."""

import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache

ABSENT = "–"
ELLIPSIS = "…"
_SHORT = 40  # characters of a text whose width is kept
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BYTE_UNITS = ((1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"))


def clean(text: str) -> str:
    r"""Return foreign text made safe to show: control and invisible characters escaped, such as `\x1b` or `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if unicodedata.category(char) in _UNPRINTABLE else char for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def short_name(instance_id: str) -> str:
    """Return the profile or label of an id: what follows `:` or `@`."""
    return instance_id.replace("@", ":", 1).partition(":")[2] or instance_id


def width(text: str) -> int:
    """Count the terminal columns of a text: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return _known_width(text) if len(text) <= _SHORT else _sum_of_widths(text)


@lru_cache(maxsize=4096)
def _known_width(text: str) -> int:
    """What cells of tables say, they say at each look again."""
    return _sum_of_widths(text)


def _sum_of_widths(text: str) -> int:
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shorten(text: str, columns: int) -> str:
    """Cut the middle out to fit the columns: both ends of a path or an id tell the most."""
    if width(text) <= columns:
        return text
    if columns <= 1:
        return ELLIPSIS[:columns]
    head = (columns - 1) // 3
    return _take(text, head) + ELLIPSIS + _take(text[::-1], columns - 1 - head)[::-1]


def cut(text: str, columns: int) -> str:
    """Cut the end off to fit the columns: the beginning of a sentence tells the most."""
    if width(text) <= columns:
        return text
    return _take(text, max(0, columns - 1)).rstrip() + ELLIPSIS[:columns]


def _take(text: str, columns: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += _char_width(char)
        if used > columns:
            return text[:index]
    return text


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill up to that many columns, or shorten to them; `right` aligns to the right."""
    short = shorten(text, columns)
    space = " " * (columns - width(short))
    return space + short if right else short + space


def duration(span: timedelta) -> str:
    """Format as `42s`, `12m`, `3h02`, `5d07`: two units at most; a span in the future counts as none."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return f"{minutes}m"
    if hours < 24:
        return f"{hours}h{minutes % 60:02}"
    return f"{days}d{hours % 24:02}" if days < 100 else f"{days}d"


def memory(size: int) -> str:
    """Format as `614M`, `1.2G`: four columns at most, in units of 1024."""
    for unit, letter in _BYTE_UNITS:
        if size >= unit:
            amount = size / unit
            return f"{amount:.1f}{letter}" if amount < 10 and letter in "GT" else f"{amount:.0f}{letter}"
    return f"{size}B"


def percent(share: float) -> str:
    """Format the share of one core as `0.4%`, `12%`."""
    return f"{share:.1f}%" if share < 9.95 else f"{share:.0f}%"


def port_range(start: int, end: int) -> str:
    """Format as `18789` or `18800–18899`."""
    return str(start) if start == end else f"{start}–{end}"


def clock_time(moment: datetime) -> str:
    """Format as `2026-11-20 10:00:00`, in the reader's own time zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def count(number: int, noun: str) -> str:
    """Format as `1 conflict`, `2 conflicts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
