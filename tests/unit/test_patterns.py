"""Regular expressions that every Python 3.11 and later reads alike."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import claw_tui
import gateway_core

_NEVER_GOES_BACK = re.compile(r"\(\?>|(?<!\\)[)}](?:[*+?]|\{[\d,]+\})\+")
"""An atomic group, or a possessive quantifier of a group (or of what a format string puts there).

Both match wrongly in early releases of Python 3.11 where the group can backtrack; of a single character it is safe.
"""


def groups_that_never_go_back(source: str) -> Iterator[int]:
    """The lines of Python source with such a group."""
    for number, line in enumerate(source.splitlines(), start=1):
        if _NEVER_GOES_BACK.search(line):
            yield number


def test_no_pattern_has_a_possessive_or_atomic_group() -> None:
    roots = [Path(gateway_core.__path__[0]), Path(claw_tui.__path__[0])]
    files = [(root, file) for root in roots for file in root.rglob("*.py")]
    assert len(files) > 200
    found = [
        f"{file.relative_to(root.parent)}:{line}"
        for root, file in files
        for line in groups_that_never_go_back(file.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("pattern", ["(?:a|b)++", "(a)*+", "(?:ab)?+", "(a+){2,}+", "(?>a+)", "{_WORD}++"])
def test_each_such_group_is_noticed(pattern: str) -> None:
    assert list(groups_that_never_go_back(f'import re\nre.compile(r"{pattern}")')) == [2]


@pytest.mark.parametrize("pattern", ["[^a]*+", "a{8,}+", r"\)++", "(?:a|b)+", r"\d?+", "(a++)*"])
def test_what_is_safe_may_stay(pattern: str) -> None:
    assert list(groups_that_never_go_back(f're.compile(r"{pattern}")')) == []
