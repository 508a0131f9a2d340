"""Configs that are broken, huge, strange or made to hang their reader: each is an issue, none is an exception."""

import errno
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_core.config.model import ConfigReading, GatewaySettings
from gateway_core.config.reader import ConfigReader
from tests.canaries import CANARY
from tests.products import OPENCLAW

pytestmark = pytest.mark.timeout(20)


def read(path: Path) -> ConfigReading:
    return ConfigReader().read(path, state_dir=path.parent, environment={}, distribution=OPENCLAW)


def sole_issue(path: Path) -> str:
    """What is wrong with an unusable config."""
    reading = read(path)
    assert not reading.valid
    assert reading.settings == GatewaySettings()
    assert path in reading.files
    assert len(reading.issues) == 1
    assert CANARY not in str(reading)
    return f"{reading.issues[0].path}: {reading.issues[0].message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it ends too early, or something is not closed (line 1, column 1)"),
        (f'{{\n  token: "{CANARY}",\n  oops', "it ends too early, or something is not closed (line 1, column 1)"),
        (f"{{\n\n token: {CANARY}}}", "it has a stray character (line 3, column 9)"),
        (f'{{}} "{CANARY}"', "something follows after its end (line 1, column 2)"),
        ("[" * 10_000, "it is nested more than 100 levels deep (line 1, column 101)"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "it is nested more than 100 levels deep (line 1, column 501)"),
        ('{"gateway": \x00}', "it has a stray character (line 1, column 13)"),
        ("9" * 5000, "it ends too early, or something is not closed (line 1, column 1)"),
        ("<html>", "it has a stray character (line 1, column 1)"),
    ],
)
def test_text_that_is_not_json5(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    assert sole_issue(path) == f": The file is not valid JSON5: {message}."


@pytest.mark.parametrize("text", ["[]", "null", f'"{CANARY}"', "17", "9" * 3000])
def test_top_level_that_is_no_object(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    assert sole_issue(path) == ": The file must hold an object."


def test_text_that_is_not_utf8_is_read_as_node_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text('{"ui": {"assistant": {"name": "Zoë"}}, "gateway": {"port": 19001}}', encoding="latin-1")
    reading = read(path)
    assert (reading.valid, reading.settings.port, reading.issues) == (True, 19001, ())
    path.write_text("{}", encoding="utf-16")
    assert sole_issue(path) == ": The file is not valid JSON5: it has a stray character (line 1, column 1)."


def test_byte_order_mark_nul_and_repeated_keys_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(b'\xef\xbb\xbf{"gateway": {"port": 1}, "x": "a\x00b", "gateway": {"port": 2}}')
    reading = read(path)
    assert reading.valid
    assert reading.settings.port == 2


def test_missing(tmp_path: Path) -> None:
    path = tmp_path / "no" / "c.json"
    assert sole_issue(path) == ": The file does not exist."
    assert not read(path).exists


def test_over_five_mebibytes(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text('{"x": "' + "y" * (5 << 20) + '"}')
    assert sole_issue(path) == ": The file is larger than 5 MiB."
    with path.open("wb") as sparse:
        sparse.truncate(1 << 40)
    assert sole_issue(path) == ": The file is larger than 5 MiB."


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.json"
    path.write_text("{}")
    monkeypatch.setattr(os, "read", lambda descriptor, size: b" " * size)
    assert sole_issue(path) == ": The file is larger than 5 MiB."


def test_things_that_are_no_files(tmp_path: Path) -> None:
    fifo, folder, circle, channel = (tmp_path / name for name in ("fifo", "folder", "circle", "socket"))
    os.mkfifo(fifo)
    folder.mkdir()
    circle.symlink_to(circle)
    listener = socket.socket(socket.AF_UNIX)
    # A path of a Unix socket may only be short, so it is bound by a relative one.
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        listener.bind("socket")
    finally:
        os.chdir(here)
        listener.close()
    assert sole_issue(fifo) == ": The file is a named pipe, not a file."
    assert sole_issue(folder) == ": The file is a directory, not a file."
    assert sole_issue(circle) == ": The file is a symbolic link that leads in a circle."
    assert sole_issue(channel) == ": The file is a socket, not a file."
    assert sole_issue(Path("/dev/zero")) == ": The file is a device, not a file."
    assert all(read(path).exists for path in (fifo, folder, circle, channel))


def test_a_file_that_becomes_a_pipe_between_look_and_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, fifo = tmp_path / "c.json", tmp_path / "fifo"
    path.write_text("{}")
    os.mkfifo(fifo)
    real_open = os.open
    monkeypatch.setattr(os, "open", lambda _path, flags: real_open(fifo, flags))
    assert sole_issue(path) == ": The file is a named pipe, not a file."


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.EACCES, "may not be read by this user"),
        (errno.ENOENT, "does not exist"),
        (errno.EIO, "cannot be read (Input/output error)"),
    ],
)
def test_a_file_that_cannot_be_opened_or_vanishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, message: str
) -> None:
    path = tmp_path / "c.json"
    path.write_text("{}")

    def fail(*_arguments: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", fail)
    assert sole_issue(path) == f": The file {message}."
    assert read(path).forbidden is (code == errno.EACCES)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    assert sole_issue(tmp_path / "a\0b") == ": The file has a name that no file can have."
    assert sole_issue(tmp_path / ("x" * 5000)) == ": The file has a name that is too long."


@pytest.mark.parametrize("kind", ["fifo", "folder", "huge", "bytes"])
def test_an_unusable_dotenv_counts_as_none(tmp_path: Path, kind: str) -> None:
    dotenv, path = tmp_path / ".env", tmp_path / "c.json"
    path.write_text('{"gateway": {"port": 19001}}')
    make: dict[str, Callable[[], object]] = {
        "fifo": lambda: os.mkfifo(dotenv),
        "folder": dotenv.mkdir,
        "huge": lambda: dotenv.write_bytes(b"A=1\n" * (2 << 20)),
        "bytes": lambda: dotenv.write_bytes(b"\xff"),
    }
    make[kind]()
    reading = read(path)
    assert (reading.valid, reading.settings.port, dotenv in reading.files) == (True, 19001, True)


@pytest.mark.parametrize(
    "number",
    ["NaN", "-Infinity", "1e999", "9" * 4000, f"0x{'f' * 5000}", f"-0x{'f' * 5000}"],
    ids=lambda number: number[:4],
)
@pytest.mark.parametrize("ending", ["", ", oops"])
def test_numbers_that_no_gateway_could_hold_are_read_as_javascript_reads_them(
    tmp_path: Path, number: str, ending: str
) -> None:
    path = tmp_path / "c.json"
    text = f"{{any: {{at: [{number}]}}, meta: {{lastTouchedVersion: {number}}},\n gateway: {{port: {number}}}{ending}}}"
    path.write_text(text)
    reading = read(path)
    assert reading.settings.port is None
    assert str(reading)


def test_very_many_issues_and_profiles_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text("{browser: {profiles: {" + ",".join(f"p{n}: {{cdpPort: 'x'}}" for n in range(5000)) + "}}}")
    reading = read(path)
    assert len(reading.issues) == 21
    assert reading.issues[-1].message == "There are 481 more issues."


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    content=st.one_of(st.binary(max_size=200), st.text(alphabet='{}[]":,$\\/*\n a1.-+', max_size=60).map(str.encode))
)
def test_no_content_makes_it_raise(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    assert read(path).exists


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["x", "${A}", "$${A}", "./c.json", "http://["]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "gateway",
                    "port",
                    "browser",
                    "profiles",
                    "cdpUrl",
                    "agents",
                    "list",
                    "entries",
                    "env",
                    "vars",
                    "$include",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(tree=json_values)
def test_no_shape_of_settings_makes_it_raise(tmp_path: Path, tree: object) -> None:
    import pyjson5

    path = tmp_path / "c.json"
    path.write_text(pyjson5.encode(tree))
    reading = read(path)
    assert reading.valid or reading.issues


@pytest.mark.parametrize("place", [{}, {"accounts": {"work": {}}}])
def test_variables_cannot_make_a_huge_token_of_a_small_one(tmp_path: Path, place: dict[str, dict[str, object]]) -> None:
    path, huge = tmp_path / "c.json", {"botToken": "${A}" * 20_000}
    telegram = {name: dict.fromkeys(inner, huge) for name, inner in place.items()} or huge
    path.write_text(json.dumps({"channels": {"telegram": telegram, "discord": {"token": "${A}"}}}))
    (tmp_path / ".env").write_text(f"A={CANARY}{'x' * 5000}")
    reading = read(path)
    where = "channels.telegram.accounts.work.botToken" if place else "channels.telegram.botToken"
    assert reading.valid
    assert [(issue.path, issue.message) for issue in reading.issues] == [
        (where, "Was ignored: with its variables filled in it is very long.")
    ]
    assert [login.path for login in reading.settings.channel_logins] == ["channels.discord.token"]


def test_a_blank_variable_is_looked_at_once_however_often_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"any": "${A}" * 200_000}))
    (tmp_path / ".env").write_text(f'A="{" " * (1 << 20)}"')
    assert read(path).valid


def test_a_long_variable_costs_its_length_once_however_many_keys_refer_to_it(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({f"part{index}": {f"k{n}": "${A}" for n in range(30)} for index in range(90)}))
    (tmp_path / ".env").write_text(f"A={'x' * (4 << 20)}")
    assert read(path).valid
