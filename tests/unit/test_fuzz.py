"""The properties of all parsers, each on a few dozen fixed inputs; and no parser without one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import claw_tui
import gateway_core
from fuzz.__main__ import main
from fuzz.model import PROPERTIES, Property, fuzzes
from fuzz.properties import MODULES
from fuzz.strategies import texts
from tests.source_tree import found_in_modules, module_name, nodes

EXAMPLES = 40
PARSERS = frozenset((
    "parse_json", "json_object", "last_object", "decode_model", "parse_toml", "whole_number", "span_s",
    "parse_timestamp", "loads", "raw_decode", "model_validate", "model_validate_json", "fromisoformat", "shlex",
    "unpack", "unpack_from", "parse_json5", "read_bytes",
))  # fmt: skip
"""Calls that make something else of text or bytes."""
ELSEWHERE = {
    "gateway_core.demo": "reads what it has written itself",
    "gateway_core.system.http": "hands over bytes; httpx, h11 and websockets parse what is around them",
    "gateway_core.system.loopback_transport": "hands over bytes; httpx and h11 parse what is around them",
    "gateway_core.processes.run": "hands over the output of a program as text",
    "gateway_core.logs.file_lines": "hands over raw lines",
    "gateway_core.processes.handle": "the kernel's word for how a process ended",
    "gateway_core.system.processes": "hands over the words of an environment",
    "gateway_core.lifecycle.state_dir_locks": "the kernel's table of locks",
    "gateway_core.system.sockets": "netlink: answers of the kernel",
    "gateway_core.trusted_places": "the map of users of the kernel",
}
"""Modules that parse nothing foreign, and why."""


@pytest.mark.filterwarnings("ignore")  # of patterns that are tried, and of reports that are long
@pytest.mark.parametrize("one", PROPERTIES, ids=lambda one: one.name)
def test_it_holds_whatever_the_input(one: Property) -> None:
    def holds(value: object) -> None:
        one.holds(value)

    settings(
        max_examples=max(3, int(EXAMPLES * one.share)),
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )(given(one.inputs)(holds))()


def test_each_property_has_a_name_of_its_own() -> None:
    names = [one.name for one in PROPERTIES]
    assert len(names) == len(set(names)) > 40
    folder = Path(__file__).parents[2] / "fuzz"
    with_properties = {path.stem for path in folder.glob("*.py") if "@fuzzes(" in path.read_text()}
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == with_properties


def parses(source: str) -> Iterator[int]:
    """The lines of Python source that parse."""
    for node in nodes(source):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)) if name in PARSERS:
                yield node.lineno


def has_property(module: str, ours: frozenset[str]) -> bool:
    return any(module == own or module.startswith(f"{own}.") for own in ours)


def test_no_module_that_parses_is_without_a_property() -> None:
    covered = frozenset(module for one in PROPERTIES for module in one.modules) | ELSEWHERE.keys()
    found = {module_name(path): lines for path, lines in found_in_modules(parses).items()}
    assert len(found) > 15
    assert {module: lines for module, lines in found.items() if not has_property(module, covered)} == {}


def test_properties_name_modules_that_are_there() -> None:
    roots = {"gateway_core": Path(gateway_core.__path__[0]), "claw_tui": Path(claw_tui.__path__[0])}
    for module in {module for one in PROPERTIES for module in one.modules} | ELSEWHERE.keys():
        root, *parts = module.split(".")
        path = roots[root].joinpath(*parts)
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_a_parser_is_noticed() -> None:
    assert list(parses("x = json.loads(text)\ny = parse_toml(text)\nz = print(text)")) == [1, 2]


@pytest.fixture
def broken() -> Iterator[Property]:
    """A property that does not hold."""

    @fuzzes("gateway_core.files", inputs=texts)
    def is_short(text: str) -> None:
        assert len(text) < 5

    yield PROPERTIES[-1]
    PROPERTIES.pop()


def test_a_failure_is_told_with_the_smallest_input_and_how_to_try_again(
    broken: Property, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fuzz.__main__.KEPT", tmp_path)
    assert main(["--minutes", "0.5", "--only", broken.name]) == 1
    told = capsys.readouterr().out
    assert "'00000'" in told
    assert "make fuzz ONLY=is_short" in told
    assert list(tmp_path.iterdir()) != []


def test_a_run_ends_in_time_and_says_how_much_it_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--minutes", "0.001", "--only", "time_spans"]) == 0
    assert "failed: none" in capsys.readouterr().out
    assert main(["--only", "nothing of that name"]) == 2
