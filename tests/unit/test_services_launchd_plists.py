"""Property lists of launchd: where they lie, what they say, and broken ones."""

import contextlib
import plistlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.host import Host, ManagerName
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.services.launchd import read_plist
from gateway_core.services.manager import DefinitionError
from gateway_core.services.reader import ServiceFiles
from tests.canaries import CANARY
from tests.service_files import DISTRIBUTIONS, host, only, put

__all__ = ["host"]

PLIST = {
    "Label": "ai.openclaw.rescue",
    "ProgramArguments": ["/opt/node", "/x/node_modules/openclaw/dist/index.js", "--profile", "rescue", "gateway"],
    "EnvironmentVariables": {
        "HOME": "/Users/u",
        "OPENCLAW_STATE_DIR": "/Users/u/.openclaw-rescue",
        "OPENCLAW_GATEWAY_PORT": "19001",
        "OPENCLAW_GATEWAY_TOKEN": CANARY,
        "OPENCLAW_SERVICE_VERSION": "2026.9.6",
        "NUMBER": 5,
    },
    "KeepAlive": True,
}


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
@pytest.mark.parametrize(
    ("base", "place", "manager"),
    [
        ("home", "Library/LaunchAgents", "launchd-agent"),
        ("root", "Library/LaunchAgents", "launchd-agent"),
        ("root", "Library/LaunchDaemons", "launchd-daemon"),
    ],
)
def test_property_lists(host: Host, form: plistlib.PlistFormat, base: str, place: str, manager: ManagerName) -> None:
    path = put(getattr(host, base), f"{place}/anything.plist", plistlib.dumps(PLIST, fmt=form))
    assert only(host) == ServiceDefinition(
        manager=manager,
        name="ai.openclaw.rescue",
        path=path,
        distribution="openclaw",
        profile="rescue",
        state_dir=Path("/Users/u/.openclaw-rescue"),
        config_path=None,
        port=19001,
        environment_port=19001,
        run_port=False,
        oauth_dir=None,
        switched_on=frozenset(),
        version="2026.9.6",
        program="/x/node_modules/openclaw/dist/index.js",
        home=Path("/Users/u"),
        temporary_dir=None,
        token_files=(path,),
    )


def test_a_scheduled_job_is_no_gateway_and_program_beats_the_first_argument(host: Host) -> None:
    agents = "Library/LaunchAgents"
    job = {
        "Label": "b",
        "Program": "/bin/backup",
        "StartInterval": 60,
        "EnvironmentVariables": {"OPENCLAW_STATE_DIR": "/a"},
    }
    put(host.home, f"{agents}/job.plist", plistlib.dumps(job))
    put(
        host.home,
        f"{agents}/a.plist",
        plistlib.dumps({"Program": "/x/clawdbot", "ProgramArguments": ["bot", "gateway"]}),
    )
    definition = only(host)
    assert (definition.name, definition.distribution, definition.program) == ("a.plist", "clawdbot", "/x/clawdbot")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<plist>",
        b"bplist00" + b"\xff" * 60,
        plistlib.dumps([1]),
        b'<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><plist><string>&b;</string></plist>',
        b"<plist>" + b"<array>" * 100_000,
        b"<plist><dict><key>Label</key><date>not a date</date></dict></plist>",
    ],
)
def test_broken_property_lists_are_problems(host: Host, data: bytes) -> None:
    path = put(host.home, "Library/LaunchAgents/x.plist", data)
    seen = ServiceFiles().read(host, DISTRIBUTIONS)
    definitions, problems = seen.definitions, seen.problems
    assert definitions == ()
    assert [problem.where for problem in problems] == [str(path)]


@given(st.binary(max_size=100), st.booleans())
def test_no_plist_makes_it_raise_anything_else(data: bytes, binary: bool) -> None:
    with contextlib.suppress(DefinitionError):
        read_plist((b"bplist00" if binary else b"") + data)
