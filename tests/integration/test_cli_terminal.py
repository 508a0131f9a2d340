"""What people see on a real terminal: colour, width, redrawing, and the demo from beginning to end."""

import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.terminal import DEADLINE_S, terminal


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    return {"HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def add_profile(home: Path, name: str) -> None:
    directory = home / f".openclaw-{name}"
    directory.mkdir()
    (directory / "openclaw.json").write_text('{"gateway": {"mode": "local", "port": 21345}}')


@pytest.mark.parametrize(("setting", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_ls_is_coloured_unless_that_is_not_wanted(
    environment: dict[str, str], tmp_path: Path, setting: dict[str, str], coloured: bool
) -> None:
    add_profile(tmp_path, "rescue")
    with terminal({**environment, **setting}, "ls") as screen:
        assert screen.read_to_end() == 0
        assert b"openclaw:rescue" in screen.raw
        assert (b"\x1b[" in screen.raw) is coloured


@pytest.mark.parametrize("arguments", [(), ("ls",), ("--read-only",)])
def test_a_dumb_terminal_gets_the_table_as_plain_text(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    add_profile(tmp_path, "rescue")
    with terminal({**environment, "TERM": "dumb"}, *arguments) as screen:
        assert screen.read_to_end() == 0
        assert b"openclaw:rescue" in screen.raw
        assert b"\x1b" not in screen.raw


def test_on_a_dumb_terminal_each_change_is_another_table(environment: dict[str, str], tmp_path: Path) -> None:
    with terminal({**environment, "TERM": "dumb"}, "ls", "--watch") as screen:
        screen.wait_for(lambda text: "claw-tui demo" in text or "Instance" in text)
        add_profile(tmp_path, "rescue")
        screen.wait_for(lambda text: "openclaw:rescue" in text)
        assert b"\x1b" not in screen.raw
        screen.process.send_signal(signal.SIGINT)
        assert screen.read_to_end() == 130


def test_nothing_is_drawn_on_a_dumb_terminal(environment: dict[str, str]) -> None:
    with terminal({**environment, "TERM": "dumb"}, "demo") as screen:
        assert screen.read_to_end() == 2
        assert "none here that can do that" in " ".join(screen.text.split())


def test_ls_fits_a_narrow_terminal(environment: dict[str, str], tmp_path: Path) -> None:
    add_profile(tmp_path, "rescue")
    with terminal({**environment, "NO_COLOR": "1"}, "ls", columns=60) as screen:
        assert screen.read_to_end() == 0
        table = screen.raw.decode().partition("\r\n\r\n")[0].splitlines()
        assert any("openclaw:rescue" in line for line in table)
        assert max(map(len, table)) <= 60


def test_watching_redraws_in_place_and_ends_on_ctrl_c(environment: dict[str, str], tmp_path: Path) -> None:
    with terminal(environment, "ls", "--watch") as screen:
        screen.wait_for(lambda text: "claw-tui demo" in text or "Instance" in text)
        add_profile(tmp_path, "rescue")
        screen.wait_for(lambda text: "openclaw:rescue" in text)
        assert screen.text.count("State ") == 1
        screen.process.send_signal(signal.SIGINT)
        assert screen.read_to_end() == 130
        assert "Traceback" not in screen.text


def left_of(base: Path) -> list[psutil.Process]:
    """Processes that run in a home below that directory."""
    found = []
    for process in psutil.process_iter():
        try:
            home = process.environ().get("HOME", "")
        except psutil.Error:
            continue
        if home.startswith(str(base / "claw-tui-demo-")):
            found.append(process)
    return found


def wait_until_clean(base: Path) -> None:
    """The cleanup of a killed demo is nobody's child: what it cleans up can only be watched."""
    limit = time.monotonic() + DEADLINE_S
    while left_of(base) or any(base.glob("claw-tui-demo-*")):
        assert time.monotonic() < limit, (left_of(base), list(base.iterdir()))
        time.sleep(0.05)


def test_a_demo_for_which_there_is_no_place_says_so_in_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "open"
    place.mkdir()
    place.chmod(0o777)
    with terminal({**environment, "TMPDIR": str(place)}, "demo", columns=300) as screen:
        assert screen.read_to_end() == 1
    assert f"the demo could not start: {place} could not be written: others may write to {place}" in screen.text
    assert "Traceback" not in screen.text


@pytest.mark.usual_ports
@pytest.mark.slow
@pytest.mark.parametrize("end", ["quit", "terminated", "killed"])
def test_the_demo_runs_gateways_of_every_product_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path, end: str
) -> None:
    # High enough for the gateways of other tests too, which run on this machine meanwhile.
    with terminal(environment, "demo", columns=160, lines=200) as screen:
        ids = ("clawdbot:cb", "mazelclaw:default", "moltbot:default", "omniclaw:default", "openclaw:default")
        screen.wait_for(lambda text: all(name in text for name in ids) and text.count("● running") >= len(ids))
        screen.wait_for(lambda _: len(left_of(tmp_path / "tmp")) >= len(ids))  # what is shown may be other tests'
        if end == "killed":
            screen.process.kill()
        else:
            if end == "quit":
                screen.type("q")
            else:
                screen.process.terminate()
            assert screen.read_to_end() == 0
            assert "its gateways with it" in screen.text
            assert b"\x1b[?1049l" in screen.raw, "the terminal is given back as it was"
        wait_until_clean(tmp_path / "tmp")
