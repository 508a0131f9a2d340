"""Properties: what has to hold of a parser, and the inputs to try."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from hypothesis import strategies as st

Given = TypeVar("Given")
_ACTED_UPON = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line ends, changes of direction, halves of characters."""
PROPERTIES: list[Property] = []
"""All of them, once `fuzz.properties` is imported."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of some parsers."""

    name: str
    modules: tuple[str, ...]  # whose parsers it is about
    inputs: st.SearchStrategy[object]
    holds: Callable[[object], None]  # raises `AssertionError`, or whatever the parser should not have let out
    share: float = 1.0  # of the examples of a usual one: less where one example takes long


def fuzzes(
    *modules: str, inputs: st.SearchStrategy[Given], share: float = 1.0
) -> Callable[[Callable[[Given], None]], Callable[[Given], None]]:
    """Register a function as a property of these modules."""

    def register(holds: Callable[[Given], None]) -> Callable[[Given], None]:
        PROPERTIES.append(Property(holds.__name__, modules, inputs, holds, share))  # type: ignore[arg-type]  # Given fits
        return holds

    return register


def assert_shown_safely(*texts: str | None) -> None:
    """What is drawn on a terminal as it is."""
    for text in texts:
        assert _ACTED_UPON.search(text or "") is None, f"a terminal may act upon {text!r}"


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory for one example."""
    with TemporaryDirectory(prefix="claw-tui-fuzz-") as directory:
        yield Path(directory)
