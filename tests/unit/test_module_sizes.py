"""Modules and functions stay short enough to see whole."""

import ast
from collections.abc import Iterator
from pathlib import Path

import claw_tui
import gateway_core

LONGEST_MODULE = 450
LONGEST_FUNCTION = 60
ROOT = Path(__file__).parents[2]
PACKAGES = [Path(package.__path__[0]) for package in (claw_tui, gateway_core)]
FOLDERS = [*PACKAGES, *(ROOT / name for name in ("tests", "bench", "fuzz", "soak", "screenshots"))]
MODULES = [path for folder in FOLDERS for path in folder.rglob("*.py")]


def too_long(text: str) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines > LONGEST_MODULE:
        yield f"{lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{node.name} has {length} lines"


def test_modules_and_functions_are_short() -> None:
    assert len(MODULES) > 400
    assert all(any(path.is_relative_to(folder) for path in MODULES) for folder in FOLDERS)
    found = {str(path): list(too_long(path.read_text("utf-8"))) for path in MODULES}
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_what_is_too_long_is_found() -> None:
    function = "\n".join(["def long():", *["    pass"] * LONGEST_FUNCTION])
    assert list(too_long(function)) == ["long has 61 lines"]
    assert list(too_long("pass\n" * (LONGEST_MODULE + 1))) == ["451 lines"]
