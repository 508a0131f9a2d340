import json
from pathlib import Path
from typing import Protocol

import pytest

from gateway_core.config.model import ConfigReading, GatewaySettings
from gateway_core.config.reader import ConfigReader
from tests.products import OPENCLAW


class ReadIncluding(Protocol):
    """Writes files by name, then reads `main.json`."""

    def __call__(self, **files: object) -> ConfigReading: ...


@pytest.fixture
def read(tmp_path: Path) -> ReadIncluding:
    def read(**files: object) -> ConfigReading:
        for name, content in files.items():
            path = tmp_path / f"{name}.json"
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return ConfigReader().read(
            tmp_path / "main.json", state_dir=None, environment={"W": "/w"}, distribution=OPENCLAW
        )

    return read


def problem(reading: ConfigReading) -> str:
    assert not reading.valid
    assert reading.settings == GatewaySettings()
    (issue,) = reading.issues
    return f"{issue.path}: {issue.message}"


def test_a_string_at_the_top_with_siblings_that_override(read: ReadIncluding, tmp_path: Path) -> None:
    reading = read(
        main={"$include": "base.json", "gateway": {"port": 2}},
        base={"gateway": {"port": 1, "bind": "lan"}, "agents": {"defaults": {"workspace": "${W}/x"}}},
    )
    assert (reading.settings.port, reading.settings.bind) == (2, "lan")
    assert reading.settings.default_workspace == "/w/x"
    assert reading.files == (tmp_path / "main.json", tmp_path / "base.json")


def test_a_list_deep_in_the_tree_merges_in_order_and_joins_lists(read: ReadIncluding) -> None:
    reading = read(
        main={"agents": {"$include": ["a.json", "./b.json"], "list": [{"id": "3", "workspace": "/3"}]}},
        a={"defaults": {"workspace": "/a"}, "list": [{"id": "1", "workspace": "/1"}]},
        b={"defaults": {"workspace": "/b"}, "list": [{"id": "2", "workspace": "/2"}]},
    )
    assert reading.settings.default_workspace == "/b"
    assert reading.settings.agent_workspaces == (("1", "/1"), ("2", "/2"), ("3", "/3"))


def test_inside_lists_and_for_single_values(read: ReadIncluding) -> None:
    reading = read(
        main={"agents": {"list": [{"$include": "one.json"}]}, "gateway": {"port": {"$include": "port.json"}}},
        one={"id": "1", "workspace": "/1"},
        port="18999",
    )
    assert reading.settings.agent_workspaces == (("1", "/1"),)
    assert reading.settings.port == 18999


def test_relative_to_the_including_file_absolute_and_variables_in_them(read: ReadIncluding, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner.json").write_text('{"gateway": {"$include": "../deep.json"}}')
    reading = read(main={"$include": str(tmp_path / "sub" / "inner.json")}, deep={"port": 18998})
    assert reading.settings.port == 18998


def test_ten_files_deep_and_no_deeper(read: ReadIncluding) -> None:
    chain = {f"f{n}": {"$include": f"f{n + 1}.json"} for n in range(1, 10)}
    assert read(main={"$include": "f1.json"}, **chain, f10={"gateway": {"port": 7}}).settings.port == 7
    reading = read(main={"$include": "f0.json"}, f0={"$include": "f1.json"})
    assert problem(reading) == "$include: Includes are nested more than 10 files deep."


@pytest.mark.parametrize("other", ["main.json", "./sub/../main.json"])
def test_a_circle(read: ReadIncluding, other: str) -> None:
    reading = read(main={"agents": {"$include": "a.json"}}, a={"x": {"$include": other}})
    assert problem(reading) == "agents.x.$include: The included file leads back to itself."


def test_a_circle_through_symbolic_links_ends(read: ReadIncluding, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("main.json")
    assert problem(read(main={"$include": "link.json"})) == "$include: The included file leads back to itself."


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ("gone.json", "a.$include: The included file does not exist."),
        (["ok.json", "gone.json"], "a.$include[1]: The included file does not exist."),
        (["ok.json", 7], "a.$include[1]: Must be a file name."),
        (7, "a.$include: Must be a file name or a list of file names."),
        (".", "a.$include: The included file is a directory, not a file."),
        ("/dev/zero", "a.$include: The included file is a device, not a file."),
        ("a\0b", "a.$include: The included file has a name that no file can have."),
        (
            "broken.json",
            "a.$include: The included file is not valid JSON5: it has a stray character (line 1, column 5).",
        ),
    ],
)
def test_an_include_that_cannot_be_read_names_its_place(read: ReadIncluding, include: object, expected: str) -> None:
    assert problem(read(main={"a": {"$include": include}}, ok={}, broken="{a: CANARY}")) == expected


def test_siblings_need_an_object(read: ReadIncluding) -> None:
    reading = read(main={"a": {"$include": "list.json", "b": 1}}, list=[1])
    assert problem(reading) == "a.$include: Keys beside an include need it to hold an object."


def test_an_absent_include_is_noticed_when_it_appears(read: ReadIncluding, tmp_path: Path) -> None:
    reader, path = ConfigReader(), tmp_path / "main.json"
    path.write_text('{"$include": "later.json"}')
    assert not reader.read(path, state_dir=None, environment={}, distribution=OPENCLAW).valid
    (tmp_path / "later.json").write_text('{"gateway": {"port": 5}}')
    assert reader.read(path, state_dir=None, environment={}, distribution=OPENCLAW).settings.port == 5


@pytest.mark.timeout(20)
def test_includes_that_multiply_are_stopped(read: ReadIncluding) -> None:
    bomb = {f"f{n}": {"$include": [f"f{n + 1}.json"] * 50} for n in range(1, 9)}
    reading = read(main={"$include": "f1.json"}, **bomb, f9={})
    assert "includes too much" in problem(reading)


@pytest.mark.timeout(20)
def test_nesting_that_adds_up_over_files_is_stopped(read: ReadIncluding, tmp_path: Path) -> None:
    def nested(name: str) -> str:
        return '{"a":' * 90 + f'{{"$include": "{name}"}}' + "}" * 90

    chain = {f"f{n}": nested(f"f{n + 1}.json") for n in range(1, 9)}
    reading = read(main=nested("f1.json"), **chain, f9={})
    (issue,) = reading.issues
    assert issue.message == "The included files are nested more than 100 levels deep."
