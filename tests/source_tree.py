"""The modules of the product as source text, for tests that hold a rule over all of them."""

import ast
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import claw_tui
import gateway_core

CORE = Path(gateway_core.__path__[0])
APP = Path(claw_tui.__path__[0])

Found = TypeVar("Found")


@cache
def sources() -> dict[str, str]:
    """Path (as `gateway_core/dirs.py`) and text of each module."""
    found = {
        file.relative_to(root.parent).as_posix(): file.read_text("utf-8")
        for root in (CORE, APP)
        for file in root.rglob("*.py")
    }
    assert len(found) > 300
    return found


def nodes(source: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(source))


def module_name(path: str) -> str:
    """`gateway_core.ports` for `gateway_core/ports/__init__.py`."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def found_in_modules(
    find: Callable[[str], Iterator[Found]], *, except_in: Collection[str] = ()
) -> dict[str, list[Found]]:
    """What `find` yields for the text of each module; those whose path begins like one of `except_in` may have it."""
    others = tuple(except_in)
    found = {path: list(find(text)) for path, text in sorted(sources().items()) if not path.startswith(others)}
    return {path: finds for path, finds in found.items() if finds}
