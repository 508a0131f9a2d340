"""Everything that claw-tui writes goes through `own_files`: private, whole, and only where nobody else may write."""

import ast
from collections.abc import Iterator

import pytest

from tests.source_tree import found_in_modules, nodes, sources

WRITERS = {"gateway_core/own_files.py", "gateway_core/onboarding/trash.py"}
"""What is moved to the trash keeps the modes that its owner gave it."""
DEMO = "gateway_core/demo/"  # it stands in for the products, which write as they please, in a home of its own
METHODS = {"write_text", "write_bytes", "mkdir", "touch", "chmod", "symlink_to", "hardlink_to"}
FUNCTIONS = {
    "os": {"mkdir", "makedirs", "mkfifo", "mknod", "link", "symlink", "chmod", "fchmod", "creat"},
    "shutil": {"copy", "copy2", "copyfile", "copytree", "copymode", "move"},
    "tempfile": {"mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory"},
}
TO_WRITE = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"}


def lines_that_write(source: str) -> Iterator[int]:
    """The lines that make or open a file or directory to write there."""
    for node in nodes(source):
        if isinstance(node, ast.Call) and writes(node):
            yield node.lineno


def writes(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id="os"), attr="open"):
            named = {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
            return bool(named & TO_WRITE) and "devnull" not in named
        case ast.Attribute(value=ast.Name(id=module), attr=name) if name in FUNCTIONS.get(module, ()):
            return True
        case ast.Name(id="open") if isinstance(call.args[0], ast.Constant) and call.args[0].value in (0, 1, 2):
            return False  # a standard stream
        case ast.Name(id="open") | ast.Attribute(attr="open" | "fdopen"):
            texts = (node.value for node in ast.walk(call) if isinstance(node, ast.Constant))
            return any(isinstance(text, str) and set(text) & set("wax+") and len(text) < 4 for text in texts)
        case ast.Attribute(attr=name):
            return name in METHODS
    return False


def test_nothing_is_written_past_the_one_writer() -> None:
    assert sources().keys() >= WRITERS
    assert found_in_modules(lines_that_write, except_in={*WRITERS, DEMO}) == {}


@pytest.mark.parametrize(
    "line",
    [
        "open(path, 'w')",
        "path.open('xb')",
        "open(path, mode='r+')",
        "os.open(path, os.O_WRONLY | os.O_CREAT)",
        "path.write_text('')",
        "path.parent.mkdir(parents=True)",
        "os.makedirs(path)",
        "path.touch()",
        "tempfile.mkstemp()",
        "shutil.copy2(a, b)",
    ],
)
def test_each_way_to_write_is_noticed(line: str) -> None:
    assert list(lines_that_write(f"pass\n{line}")) == [2]
    assert (
        list(
            lines_that_write("os.open(path, os.O_RDONLY); path.open('rb'); open(path); os.open(d, flags); open(1, 'w')")
        )
        == []
    )
