"""`claw-tui new` with the real openclaw: without questions, and by the wizard, key by key. One story in this order."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.documents import at, number, rows
from tests.onboarding import watching_command_lines
from tests.real.conftest import VENDOR_LOGS
from tests.real.home import Picture, QuietRealHome, guarded
from tests.real.installation import installed_openclaw
from tests.terminal import terminal
from tests.wizard_keys import accept_and_create, answer_up_to_the_risk, shows, token_of

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(600)]

MAIN, RESCUE, BY_KEYS = (f"claw-tui-test-new-{name}" for name in ("main", "rescue", "keys"))
LIVE = ("running", "degraded")


@pytest.fixture(scope="module")
def quiet_home() -> Iterator[QuietRealHome]:
    """A home in which nobody has onboarded anything yet."""
    real_home = QuietRealHome(Path(tempfile.mkdtemp(prefix="claw-tui-real-")), installed_openclaw())
    with guarded(real_home.root):
        real_home.prepare()
        yield real_home
    for log in VENDOR_LOGS.glob("openclaw-claw--tui--test--new--*.log"):
        log.unlink()


@pytest.mark.parametrize(("preset", "name"), [("main", MAIN), ("rescue", RESCUE)])
def test_the_command_line_makes_a_live_gateway(quiet_home: QuietRealHome, preset: str, name: str) -> None:
    choices = ("--distribution", "openclaw", "--preset", preset, "--profile", name, "--port", "auto")
    with watching_command_lines() as command_lines:
        document = quiet_home.document("new", *choices, "--start", "--accept-risk", "--yes")
    assert document["ok"], document
    assert document["instance"] == f"openclaw:{name}"
    token = token_of(quiet_home.config_of(name))
    assert token not in json.dumps(document)
    assert not [line for line in command_lines if token in line]
    assert_live(quiet_home, name)


def test_the_wizard_makes_one_key_by_key(quiet_home: QuietRealHome, free_block: Callable[[int], int]) -> None:
    with watching_command_lines() as command_lines, terminal(quiet_home.environment, "new") as screen:
        shows(screen, "Which product", "OpenClaw 2026.9.6")
        answer_up_to_the_risk(screen, BY_KEYS, free_block(111))
        accept_and_create(screen)
        shows(screen, f"openclaw:{BY_KEYS} is there")
        screen.type("\r")
        shows(screen, "1 Instances")
        screen.type("q")
        assert screen.read_to_end() == 0
    token = token_of(quiet_home.config_of(BY_KEYS))
    assert token not in screen.raw.decode(errors="replace")
    assert not [line for line in command_lines if token in line]
    assert_live(quiet_home, BY_KEYS)


def test_all_of_them_pass_the_checklist(quiet_home: QuietRealHome) -> None:
    ids = [f"openclaw:{name}" for name in (MAIN, RESCUE, BY_KEYS)]
    audited = json.loads(quiet_home.claw("audit", "--json", *ids))
    assert [item for item in audited["items"] if item["result"] != "pass"] == []
    assert audited["drift"] == []
    told = quiet_home.claw("events", "--json") + quiet_home.claw("ls", "--json")
    assert not [name for name in (MAIN, RESCUE, BY_KEYS) if token_of(quiet_home.config_of(name)) in told]
    pictures = [quiet_home.shown(name) for name in (MAIN, RESCUE, BY_KEYS)]
    for place in ("config_path", "state_dir", "workspace", "live_port"):
        assert len({picture[place] for picture in pictures}) == len(pictures), place
    ports = [port for picture in pictures for port in always_bound(picture)]
    assert len(ports) == len(set(ports))


def always_bound(picture: Picture) -> list[int]:
    bound = [claim for claim in rows(picture["claims"]) if claim["binding"] == "always"]
    return [port for claim in bound for port in range(number(claim["start"]), number(claim["end"]) + 1)]


def assert_live(real_home: QuietRealHome, name: str) -> None:
    picture = real_home.shown(name)
    assert picture["state"] in LIVE, (picture["state"], picture["reason"])
    assert at(picture, "signals", "process", "proof") == "lock"
    assert picture["conflicts"] == []
