"""Everything that claw-tui writes goes through `own_files`: private, whole, and only where nobody else may write."""

import ast
from collections.abc import Collection, Iterator

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
TO_READ = {"O_RDONLY", "O_NONBLOCK", "O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "O_NOCTTY", "O_PATH"}


def lines_that_write(source: str) -> Iterator[int]:
    """The lines that make or open a file or directory to write there."""
    reading: set[str] = set()  # names for flags that only read
    for node in nodes(source):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=flags) if name.isupper() and only_reads(flags):
                reading.add(name)
    for node in nodes(source):
        if isinstance(node, ast.Call) and writes(node, reading):
            yield node.lineno


def writes(call: ast.Call, reading: Collection[str]) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id="os"), attr="open"):
            return not (is_devnull(call.args[0]) or only_reads(call.args[1], reading))
        case ast.Attribute(value=ast.Name(id=module), attr=name) if name in FUNCTIONS.get(module, ()):
            return True
        case ast.Name(id="open") if isinstance(call.args[0], ast.Constant) and call.args[0].value in (0, 1, 2):
            return False  # a standard stream
        case ast.Name(id="open") | ast.Attribute(attr="open" | "fdopen"):
            return not only_reads_in(call)
        case ast.Attribute(attr=name):
            return name in METHODS
    return False


def is_devnull(path: ast.expr) -> bool:
    return isinstance(path, ast.Attribute) and path.attr == "devnull"


def only_reads(flags: ast.expr, reading: Collection[str] = ()) -> bool:
    """Whether these flags stand there, or have such a name, and are to read. What a variable holds nobody sees."""
    match flags:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return only_reads(left, reading) and only_reads(right, reading)
        case ast.Attribute(value=ast.Name(id="os"), attr=name):
            return name in TO_READ
        case ast.Name(id=name):
            return name in reading
    return False


def only_reads_in(call: ast.Call) -> bool:
    """Whether the mode of `open(path, mode)` or `path.open(mode)` stands there, and is to read."""
    mode = next((one.value for one in call.keywords if one.arg == "mode"), None)
    of_path = isinstance(call.func, ast.Attribute) and call.func.attr == "open"
    rest = call.args if of_path else call.args[1:]
    if mode is None and rest and (not of_path or is_mode(rest[0])):  # much else can be opened than a path
        mode = rest[0]
    return mode is None or (isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+"))


def is_mode(argument: ast.expr) -> bool:
    match argument:
        case ast.Constant(value=str(text)):
            return len(text) < 4
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return "mode" in name
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
        "os.open(path, flags)",
        "os.open(path, os.O_RDONLY | more)",
        "path.open(mode)",
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


@pytest.mark.parametrize(
    "line",
    [
        "os.open(path, os.O_RDONLY | os.O_NONBLOCK)",
        "_FLAGS = os.O_RDONLY; os.open(path, _FLAGS)",
        "os.open(os.devnull, os.O_RDWR)",
        "path.open('rb')",
        "open(path)",
        "open(1, 'w')",
    ],
)
def test_what_only_reads_is_left_alone(line: str) -> None:
    assert list(lines_that_write(line)) == []
