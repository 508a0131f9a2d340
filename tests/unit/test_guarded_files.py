"""Paths that others may have made are asked about, and files read, only in ways that neither raise nor hang."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from tests.source_tree import sources

GUARDS = "gateway_core/files.py"
OWN_WAYS = {
    GUARDS: "is the guard",
    "gateway_core/demo": "looks at what it has made itself, in a throw-away home",
    "gateway_core/system": "reads what the kernel offers, and takes each error for a process that is gone",
    "gateway_core/onboarding/trash.py": "moves things: an error ends the move, and is told",
    "gateway_core/own_files.py": "writes: an error ends that, and is told",
    "gateway_core/redaction/shapes.py": "reads a file of this package",
}
"""Where raw ways stay, and why."""
OPENS_A_DATABASE = "gateway_core/events/store.py"
"""SQLite opens its files itself, once they were looked at."""
ASKING = {"absolute", "exists", "glob", "is_dir", "is_file", "is_mount", "is_symlink", "iterdir", "lstat"}
ASKING |= {"owner", "readlink", "resolve", "rglob", "samefile", "stat", "walk"}
"""What paths of `pathlib` can be asked: each raises for some error, such as a closed directory above."""
LOOKING = {"abspath", "getcwd", "listdir", "lstat", "readlink", "realpath", "samefile", "scandir", "stat", "walk"}
"""What `os` and `os.path` can be asked, and raises. `os.path.exists` and the like never do."""
PATTERNS = {"glob", "rglob"}
READING = {"read_bytes", "read_text"}
OPENERS = {"open", "os.fdopen", "io.open", "sqlite3.connect"}


def raw_ways(source: str) -> Iterator[tuple[int, str]]:
    """The lines that ask about a path, or open a file, in a way that may raise or hang."""
    tree = ast.parse(source)
    guarded = {id(node) for block in guarding(tree) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if asks_a_path(node) or opens_a_file(node, name) or (looks(name) and id(node) not in guarded):
                yield node.lineno, name


def guarding(tree: ast.AST) -> Iterator[ast.stmt]:
    """The blocks in which an `OSError` is caught, or handed on to callers who are told so."""
    for node in ast.walk(tree):
        match node:
            case ast.Try(body=body, handlers=handlers) if any(catches(handler.type) for handler in handlers):
                yield from body
            case ast.With(body=body, items=items) if any("suppress(OSError" in ast.unparse(item) for item in items):
                yield from body
            case ast.FunctionDef(body=body) if "Raises `OSError`" in (ast.get_docstring(node) or ""):
                yield from body


def catches(caught: ast.expr | None) -> bool:
    return caught is None or "OSError" in ast.unparse(caught)


def asks_a_path(call: ast.Call) -> bool:
    """Whether it calls a method of that name, as paths have it: without arguments, or with a pattern."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os" | "glob"))):
            return False
        case ast.Call(func=ast.Attribute(attr=name), args=[_]) if name in PATTERNS:
            return True
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=[]) if name in ASKING:
            return ast.unparse(value) != "entry"  # of a directory that is listed; see `looks`
    return False


def looks(name: str) -> bool:
    head, _, last = name.rpartition(".")
    return last in LOOKING and head in ("os", "os.path")


def opens_a_file(call: ast.Call, name: str) -> bool:
    match call:
        case ast.Call(func=ast.Attribute(attr=attribute)) if attribute in READING:
            return True
        case ast.Call(func=ast.Attribute(attr="open"), args=[ast.Constant(value=str(_)), *_]):
            return True
        case ast.Call(func=ast.Attribute(attr="open"), keywords=[ast.keyword(arg="mode"), *_]):
            return True
        case ast.Call(func=ast.Name(id="open"), args=[ast.Constant(value=int(_)), *_]):
            return False  # a descriptor that is open
    harmless = ("os.O_DIRECTORY", "os.O_NONBLOCK", "os.devnull")
    return name in OPENERS or (name == "os.open" and not any(what in ast.unparse(call) for what in harmless))


@cache
def ways() -> dict[str, list[tuple[int, str]]]:
    """The raw ways of each module."""
    return {path: list(raw_ways(source)) for path, source in sources().items()}


def test_everybody_asks_about_paths_and_reads_files_through_the_guard() -> None:
    found = {name: lines for name, lines in ways().items() if not name.startswith(tuple(OWN_WAYS))}
    assert len(found) > 300
    assert {way for _, way in found.pop(OPENS_A_DATABASE)} == {"sqlite3.connect"}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_each_exception_is_needed() -> None:
    for place in OWN_WAYS:
        assert any(lines for name, lines in ways().items() if name.startswith(place)), place


@pytest.mark.parametrize(
    "line",
    [
        "path.exists()",
        "path.absolute()",
        "os.path.abspath(path)",
        "Path(text).resolve()",
        "host.home.stat().st_uid",
        "(folder / name).is_dir()",
        "sorted(folder.glob('*.json'))",
        "found.rglob(pattern)",
        "path.stat(follow_symlinks=False)",
        "os.stat(path)",
        "os.path.realpath(path)",
        "os.listdir(folder)",
        "with suppress(OSError):\n pass\nos.scandir(folder)",
        "try:\n pass\nexcept KeyError:\n pass\nos.scandir(folder)",
        "open(path)",
        "path.open('rb')",
        "path.open(mode='rb')",
        "path.read_text('utf-8')",
        "path.read_bytes()",
        "os.open(path, os.O_RDONLY)",
        "sqlite3.connect(path)",
    ],
)
def test_each_raw_way_is_noticed(line: str) -> None:
    assert [found for found, _ in raw_ways(f"pass\n{line}")] == [2 + line.count("\n")]


@pytest.mark.parametrize(
    "line",
    [
        "try:\n os.stat(path)\nexcept OSError:\n pass",
        "def names(folder):\n '''Raises `OSError`.'''\n return os.listdir(folder)",
        "try:\n os.stat(path)\nexcept (OSError, ValueError):\n pass",
        "with suppress(OSError):\n os.listdir(path)",
        "os.path.lexists(path)",
        "content.exists",
        "instance_ids.resolve(snapshot, text)",
        "recorder.open()",
        "os.open(folder, os.O_RDONLY | os.O_DIRECTORY)",
        "os.open(os.devnull, os.O_WRONLY)",
        "os.open(path, os.O_RDONLY | os.O_NONBLOCK)",
        "open(1, 'w')",
        "path_status(path).exists",
    ],
)
def test_what_is_no_raw_way_may_stay(line: str) -> None:
    assert list(raw_ways(line)) == []
