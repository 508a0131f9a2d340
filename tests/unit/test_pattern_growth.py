"""No regular expression takes more than twice as long for twice the text: anybody may have written that text."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import claw_tui
import gateway_core
from claw_tui.text import groups
from gateway_core.logs import lines, writers
from gateway_core.logs.model import Level
from gateway_core.ports import publishers
from gateway_core.processes import containers, supervisors
from gateway_core.redaction.shapes import shapes
from gateway_core.services import templates
from tests.pattern_attacks import superlinear

_FUNCTIONS = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "split": 3, "findall": 2, "finditer": 2, "sub": 4}
"""The functions of `re`, and the position of their flags."""
_METHOD = r"\b{name}\.(search|match|fullmatch|sub|subn|findall|finditer|split)\b"

MADE_WHILE_RUNNING: dict[str, tuple[str, Sequence[re.Pattern[str] | re.Pattern[bytes]]]] = {
    "claw_tui.text.groups._compiled": ("match", groups._compiled(("*a*", "?[a-c]*-*b", "openclaw:*bot*"))),
    "gateway_core.config.opened_ports._fits": ("fullmatch", [re.compile(r"channels\.[^.]+\.accounts\.[^.]+\.port")]),
    "gateway_core.logs.lines._LevelSigns.__init__": ("search", [lines._LevelSigns(Level.ERROR).anywhere]),
    "gateway_core.logs.lines._telling": ("search", [re.compile(rb"word|[\x80-\xff\x1b]|\\u", re.IGNORECASE)]),
    "gateway_core.logs.writers._any_of": (
        "findall",
        [writers._any_of(["/home/a/.openclaw", "/home/a/.openclaw-b", "~/.openclaw"])],
    ),
    "gateway_core.ports.publishers._engine_named": (
        "fullmatch",
        [re.compile(pattern) for pattern, _ in publishers._PUBLISHERS],
    ),
    "gateway_core.processes.command_line._is_entry": ("split", [re.compile("(?:^|/)openclaw/")]),
    "gateway_core.processes.containers.container_of": (
        "search",
        [re.compile(pattern) for _, pattern in containers._ENGINES],
    ),
    "gateway_core.processes.supervisors._kind_of": (
        "fullmatch",
        [re.compile(kind.program) for kind in supervisors._KINDS],
    ),
    "gateway_core.redaction.shapes._beginnings": ("search", [shapes().begins]),
    "gateway_core.redaction.shapes._compiled": ("sub", list(shapes().compiled)),
    "gateway_core.services.templates._pattern": (
        "fullmatch",
        [templates._pattern(part) for part in (".%i", "a%i-*", "%i.%i")],
    ),
}
"""Patterns that are made of what is not known before, by the function that makes them: one of each kind.
"""
TYPED_BY_THE_USER = {"gateway_core.user_patterns._compiled"}  # used only without repetitions and groups


@dataclass(frozen=True)
class Use:
    """A pattern, where it is made, and a method of it that is called."""

    place: str
    pattern: re.Pattern[str] | re.Pattern[bytes]
    method: str


def modules() -> Iterator[ModuleType]:
    for package in (gateway_core, claw_tui):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


class _Finder(ast.NodeVisitor):
    """Finds the patterns of one module, and those that are known only while it runs."""

    def __init__(self, module: ModuleType, source: str) -> None:
        self.uses: list[Use] = []
        self.unknown: set[str] = set()
        self._module = module
        self._source = source
        self._inside: list[str] = [module.__name__]
        self.visit(ast.parse(source))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._enter(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._enter(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._enter(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Call) and _function(node.value) == "compile":
            methods = set(re.findall(_METHOD.format(name=target.id), self._source))
            self._take(node.value, target.id, methods or {"search"})
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = _function(node)
        if function is not None:
            self._take(node, function, {"search" if function == "compile" else function})
        self.generic_visit(node)

    def _enter(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._inside.append(node.name)
        self.generic_visit(node)
        self._inside.pop()

    def _take(self, node: ast.Call, name: str, methods: Iterable[str]) -> None:
        place = ".".join(self._inside)
        try:
            pattern = re.compile(self._value(node.args[0]), self._flags(node))
        except NameError:
            self.unknown.add(place)
            return
        self.uses += [Use(f"{place}: {name}", pattern, method) for method in sorted(methods)]

    def _flags(self, node: ast.Call) -> int:
        position = _FUNCTIONS[_function(node) or "compile"]
        named = next((one.value for one in node.keywords if one.arg == "flags"), None)
        flags = named or (node.args[position] if len(node.args) > position else None)
        return int(self._value(flags)) if flags is not None else 0

    def _value(self, node: ast.expr) -> str:
        value: str = eval(compile(ast.Expression(node), "pattern", "eval"), vars(self._module))
        return value


def _function(node: ast.Call) -> str | None:
    """Which function of `re` is called, if it is one."""
    called = node.func
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re":
        return called.attr if called.attr in _FUNCTIONS else None
    return None


@cache
def finders() -> Sequence[tuple[ModuleType, _Finder]]:
    return [(module, _Finder(module, Path(str(module.__file__)).read_text())) for module in modules()]


def test_every_pattern_is_known_here() -> None:
    unknown: set[str] = set()
    for module, finder in finders():
        unknown |= finder.unknown
        held = {value.pattern for value in vars(module).values() if isinstance(value, re.Pattern)}
        imported = {use.pattern.pattern for use in finder.uses}
        assert held <= imported, f"{module.__name__} holds a pattern that is not made by re.compile at its top"
    assert unknown == MADE_WHILE_RUNNING.keys() | TYPED_BY_THE_USER


@pytest.mark.slow
def test_no_pattern_takes_more_than_twice_as_long_for_twice_the_text() -> None:
    uses = [use for _, finder in finders() for use in finder.uses]
    uses += [Use(place, one, method) for place, (method, made) in MADE_WHILE_RUNNING.items() for one in made]
    assert len(uses) > 100
    found = {f"{use.place} ({use.method})": superlinear(use.pattern, use.method) for use in uses}
    assert not {place: str(finding) for place, finding in found.items() if finding is not None}


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"<title[^>]*>(.*?)</title>", r"(a+)+$", r"\s*$", r"(?:a|ab)*c", r"\d+:\d+x", r"a.*b.*c", "x*y*z"),
        *(r"(?m)^\s*while", r"(?m)(?:^|;)\s*while", r"(?m)^[^:]*:", r"(?m)^(?:#\s)*x"),
    ],
)
def test_what_grows_faster_than_its_text_is_found(pattern: str) -> None:
    assert superlinear(re.compile(pattern, re.DOTALL), "search", longest_s=0.2) is not None


@pytest.mark.parametrize(
    "pattern", [r"<title", r"(?<!a)a+b", r"[^\n]{0,80}+\n", r"\w{1,20}x", r"a{8,}+", r"(?m)^[^\S\n]*while"]
)
def test_what_does_not_is_left_alone(pattern: str) -> None:
    assert superlinear(re.compile(pattern), "search") is None
