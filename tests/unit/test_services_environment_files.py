"""What environment files and shared drop-ins add to a unit, and which file decides."""

import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.host import Host
from gateway_core.services.environment_file import parse_environment_file
from gateway_core.services.reader import ServiceFiles
from tests.canaries import CANARY
from tests.service_files import DISTRIBUTIONS, USER_UNITS, found, host, only, put, unit

__all__ = ["host"]

UNIT = f"{USER_UNITS}/a.service"
START = "ExecStart=/usr/bin/openclaw gateway"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB = 2 \n# C=3\n; D=4\n  E=5", {"A": "1", "B": "2", "E": "5"}),
        ('A=\'x y\' \nB="x \\" \\$ \\n"\nC=\'a\'"b"c', {"A": "x y", "B": 'x " $ \\n', "C": "abc"}),
        ("A=x'y'\nB=a\\ b\\\nc\nD=", {"A": "x'y'", "B": "a bc", "D": ""}),
        ("A='two\nlines'\nB=%h $A\r\nC=3", {"A": "two\nlines", "B": "%h $A", "C": "3"}),
        ("export A=1\n1B=2\nnothing\n=x\nC=3\nC=4", {"C": "4"}),
    ],
)
def test_the_syntax(text: str, expected: dict[str, str]) -> None:
    assert dict(parse_environment_file(text)) == expected


@given(st.text(alphabet="AB=\"'\\ \t\n#;$x", max_size=60))
def test_no_file_makes_it_raise_or_run_on(text: str) -> None:
    for name, _ in parse_environment_file(text):
        assert set(name) <= set(string.ascii_letters)


def test_it_wins_over_the_unit_and_a_later_one_over_an_earlier(host: Host) -> None:
    first = put(host.home, "first.env", "OPENCLAW_GATEWAY_PORT=1\nOPENCLAW_STATE_DIR='/srv/a b'\n")
    second = put(host.home, "second.env", "OPENCLAW_GATEWAY_PORT=2\n")
    path = put(
        host.home,
        UNIT,
        unit(START, f"EnvironmentFile=-{first}", f"EnvironmentFile={second}", "Environment=OPENCLAW_GATEWAY_PORT=3"),
    )
    service = only(host)
    assert (service.port, service.state_dir) == (2, Path("/srv/a b"))
    assert service.decided_in == {"port": second, "environment_port": second, "state_dir": first, "program": path}


def test_a_pattern_stands_for_its_files_by_name_and_new_ones_are_seen(host: Host) -> None:
    put(host.home, "env/10.env", "OPENCLAW_GATEWAY_PORT=10")
    put(host.home, UNIT, unit(START, "EnvironmentFile=%h/env/*.env"))
    files = ServiceFiles()

    def ports() -> list[int | None]:
        return [service.port for service in files.read(host, DISTRIBUTIONS).definitions]

    assert ports() == [10]
    later = put(host.home, "env/20.env", "OPENCLAW_GATEWAY_PORT=20")
    assert ports() == [20]
    put(host.home, "env/20.env", "OPENCLAW_GATEWAY_PORT=21")
    os.utime(later, ns=(0, 0))
    assert ports() == [21]
    later.unlink()
    assert ports() == [10]


def test_an_empty_assignment_forgets_the_files_before_it(host: Host) -> None:
    file = put(host.home, "x.env", "OPENCLAW_GATEWAY_PORT=1")
    put(host.home, UNIT, unit(START, f"EnvironmentFile={file}", "EnvironmentFile="))
    assert only(host).port is None


def test_what_is_unset_does_not_count(host: Host) -> None:
    file = put(host.home, "x.env", "OPENCLAW_GATEWAY_PORT=1\nOPENCLAW_STATE_DIR=/a\nOPENCLAW_CONFIG_PATH=/b.json")
    unset = "UnsetEnvironment=OPENCLAW_GATEWAY_PORT OPENCLAW_STATE_DIR=/a OPENCLAW_CONFIG_PATH=/c.json"
    put(host.home, UNIT, unit(START, f"EnvironmentFile={file}", unset))
    service = only(host)
    assert (service.port, service.state_dir, service.config_path) == (None, None, Path("/b.json"))


def test_nothing_but_places_and_ports_is_taken_from_it(host: Host) -> None:
    secrets = f"OPENCLAW_GATEWAY_TOKEN={CANARY}\nOPENAI_API_KEY={CANARY}\nOPENCLAW_SERVICE_VERSION={CANARY}\n"
    file = put(host.home, "x.env", f"{secrets}HOME=/srv/x\nOPENCLAW_OAUTH_DIR={CANARY}\n")
    put(host.home, UNIT, unit(START, f"EnvironmentFile={file}"))
    service = only(host)
    assert (service.home, service.version, service.oauth_dir) == (Path("/srv/x"), None, None)
    assert not service.holds_token, "it stands in no definition"


def test_one_that_must_be_there_and_is_not_is_told(host: Host) -> None:
    optional, needed = "EnvironmentFile=-/nowhere/a.env", "EnvironmentFile=/nowhere/b.env"
    put(host.home, UNIT, unit(START, optional, needed, "EnvironmentFile=relative.env"))
    assert only(host).missing_files == ("/nowhere/b.env",)


def test_one_that_cannot_be_read_is_a_problem_of_gateways_only(host: Host) -> None:
    put(host.home, "dir.env/x", "")
    put(host.home, UNIT, unit(START, "EnvironmentFile=%h/dir.env"))
    put(host.home, f"{USER_UNITS}/b.service", unit("ExecStart=/usr/bin/nginx openclaw", "EnvironmentFile=%h/dir.env"))
    seen = ServiceFiles().read(host, DISTRIBUTIONS)
    (problem,) = seen.problems
    assert problem.where == str(host.home / "dir.env")
    assert "This environment file of a.service is a directory" in problem.message


def test_the_files_of_other_services_are_not_opened(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    put(host.home, "x.env", f"OPENCLAW_STATE_DIR={CANARY}")
    put(host.home, f"{USER_UNITS}/web.service", unit("ExecStart=/usr/bin/nginx", "EnvironmentFile=%h/x.env"))

    def fail(pattern: str) -> tuple[Path, ...]:
        raise AssertionError(pattern)

    monkeypatch.setattr("gateway_core.services.files.paths_fitting", fail)
    assert found(host) == []


def test_drop_ins_of_a_template_of_prefixes_and_of_all_services_count(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/my-bot@.service", unit(START))
    put(host.home, f"{USER_UNITS}/default.target.wants/my-bot@x.service", unit())
    ports = {
        "service.d/10-a.conf": 1,
        "my-.service.d/20-b.conf": 2,
        "my-bot@.service.d/30-c.conf": 3,
        "my-bot@x.service.d/40-d.conf": 4,
    }
    for place, port in ports.items():
        file = put(host.home, f"{USER_UNITS}/{place}", unit(f"Environment=OPENCLAW_GATEWAY_PORT={port}"))
        service = only(host)
        assert (service.port, service.decided_in["port"]) == (port, file)


def test_of_drop_ins_of_one_name_the_more_specific_wins(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/my-bot.service", unit(START))
    put(host.home, f"{USER_UNITS}/my-.service.d/a.conf", unit("Environment=OPENCLAW_GATEWAY_PORT=1"))
    put(host.home, f"{USER_UNITS}/my-bot.service.d/a.conf", unit("Environment=OPENCLAW_GATEWAY_PORT=2"))
    assert only(host).port == 2


def test_variables_of_the_command_line_are_filled_in_and_kept_nowhere(host: Host) -> None:
    bots = put(host.home, "bots.env", f'BOT=alice\nEXTRA="--port 21500"\nBOT_TOKEN={CANARY}\n')
    start = "ExecStart=/usr/bin/openclaw --profile ${BOT} gateway $EXTRA --token ${BOT_TOKEN}"
    put(host.home, f"{USER_UNITS}/bot.service", unit(f"EnvironmentFile={bots}", start))
    service = only(host)
    assert (service.profile, service.port) == ("alice", 21500)
    assert CANARY not in repr(service)


def test_a_profile_that_no_file_tells_is_a_problem_and_no_place(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/bot.service", unit("ExecStart=/usr/bin/openclaw --profile ${BOT} gateway"))
    services = ServiceFiles().read(host, DISTRIBUTIONS)
    assert services.definitions == ()
    [problem] = services.problems
    assert problem.message == (
        "This service definition starts a gateway of a profile that its files do not tell (${BOT})."
    )
