"""The order in which people count: `bot2` before `bot10`."""

import re

_NUMBER = re.compile(r"[0-9]+")
_MOST_DIGITS = 4  # of the number of digits: names are shorter than that


def natural_key(text: str) -> str:
    """The key to sort names by: the numbers in them count as numbers, and everything else as it is."""
    return _NUMBER.sub(_sized, text)


def _sized(found: re.Match[str]) -> str:
    """The digits behind their own number, so that the shorter number is the smaller one."""
    digits = found[0].lstrip("0") or "0"
    return f"{len(digits):0{_MOST_DIGITS}}{digits}"
