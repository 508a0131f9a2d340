"""Which services are gateways, told by their content; files that hide nothing of the others, and are parsed once."""

import os
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway_core.discovery.wrapper_arguments import is_about_to_run
from gateway_core.host import Host, ProcessInfo
from gateway_core.services import systemd
from gateway_core.services.manager import ServiceContent
from gateway_core.services.reader import ServiceFiles
from gateway_core.services.systemd_unit import ReadEnvironment, Text, read_unit
from tests.canaries import CANARY
from tests.service_files import DISTRIBUTIONS, USER_UNITS, host, only, put, unit

__all__ = ["host"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["ExecStart=/usr/bin/openclaw --profile rescue gateway --port=19001"], ("openclaw", "rescue", 19001, None)),
        (["ExecStart=/usr/bin/openclaw --dev gateway"], ("openclaw", "dev", None, None)),
        (["ExecStart=openclaw gateway --profile late"], ("openclaw", None, None, None)),
        (
            ["ExecStart=-@/usr/bin/node called /x/node_modules/moltbot/dist/entry.js gateway run"],
            ("moltbot", None, None, None),
        ),
        (["ExecStart=/usr/bin/env A=b node --x /opt/clawdbot/dist/entry.js gateway"], ("clawdbot", None, None, None)),
        (['ExecStart=/bin/bash -lc "exec omniclaw gateway --port 19500"'], ("omniclaw", None, 19500, None)),
        (
            ["Environment=MAZELCLAW_GATEWAY_PORT=19100", "ExecStart=mazelclaw gateway"],
            ("mazelclaw", None, 19100, 19100),
        ),
        (
            ["Environment=OPENCLAW_GATEWAY_PORT=19100", "ExecStart=openclaw gateway --port ${OPENCLAW_GATEWAY_PORT}"],
            ("openclaw", None, 19100, 19100),
        ),
        (
            ["Environment=OPENCLAW_GATEWAY_PORT=19100", "ExecStart=openclaw gateway --port 19200"],
            ("openclaw", None, 19200, 19100),
        ),
        (
            [
                "Environment=CLAWDBOT_SERVICE_MARKER=moltbot CLAWDBOT_SERVICE_KIND=gateway",
                "ExecStart=/x/clawdbot gateway",
            ],
            ("moltbot", None, None, None),
        ),
        (
            ["Environment=OPENCLAW_STATE_DIR=/srv/a", "ExecStart=/srv/start --port 19002"],
            ("openclaw", None, 19002, None),
        ),
        (["Environment=CLAWDBOT_CONFIG_PATH=/a/moltbot.json", "ExecStart=/srv/start"], ("moltbot", None, None, None)),
        (["Environment=CLAWDBOT_CONFIG_PATH=/a/clawdbot.json", "ExecStart=/srv/start"], ("clawdbot", None, None, None)),
        (["Environment=MOLTBOT_STATE_DIR=/a", "ExecStart=/srv/start"], ("moltbot", None, None, None)),
        (
            ["Environment=OPENCLAW_PROFILE=p OPENCLAW_STATE_DIR=/a", "ExecStart=/srv/start"],
            ("openclaw", "p", None, None),
        ),
        (["Environment=OPENCLAW_PROFILE=p", "ExecStart=openclaw gateway"], ("openclaw", None, None, None)),
    ],
)
def test_recognised_by_content(
    host: Host, lines: list[str], expected: tuple[str, str | None, int | None, int | None]
) -> None:
    put(host.home, f"{USER_UNITS}/bot.service", unit(*lines))
    definition = only(host)
    assert (definition.distribution, definition.profile, definition.port, definition.environment_port) == expected


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/env OPENCLAW_HOME=/srv/bot OPENCLAW_GATEWAY_PORT=21000 /usr/bin/openclaw gateway",
        "/bin/bash -lc 'cd /srv && OPENCLAW_HOME=/srv/bot OPENCLAW_GATEWAY_PORT=21000 exec openclaw gateway'",
        "/bin/sh -c 'export OPENCLAW_HOME=$${HOME}/bot OPENCLAW_GATEWAY_PORT=21000; openclaw gateway'",
    ],
)
def test_variables_that_the_command_line_sets_count(host: Host, command: str) -> None:
    path = put(
        host.home, f"{USER_UNITS}/bot.service",
        unit("Environment=HOME=/srv OPENCLAW_HOME=/other OPENCLAW_GATEWAY_PORT=1", f"ExecStart={command}"),
    )  # fmt: skip
    definition = only(host)
    assert (definition.home, definition.port) == (Path("/srv/bot"), 21000)
    assert definition.decided_in["home"] == path


@pytest.mark.parametrize(
    "command",
    [
        "docker exec oc openclaw gateway",
        "/usr/bin/podman run --rm oc openclaw gateway",
        "docker exec oc sh -c 'cd /app && openclaw gateway'",
        "ssh bots openclaw gateway",
        "/bin/sh -c 'docker rm -f oc; exec docker run oc openclaw gateway'",
        "env A=1 distrobox enter box -- openclaw gateway",
        "chroot /srv/x openclaw gateway",
        "openclaw gateway status",
        "openclaw gateway restart",
    ],
)
def test_what_starts_no_gateway_of_this_system_is_none(host: Host, command: str) -> None:
    put(host.home, f"{USER_UNITS}/bot.service", unit(f"ExecStart={command}"))
    assert ServiceFiles().read(host, DISTRIBUTIONS).definitions == ()


def test_what_a_container_tool_is_given_in_its_environment_makes_it_no_gateway(host: Host) -> None:
    lines = ("Environment=OPENCLAW_STATE_DIR=/srv/a", "ExecStart=/usr/bin/docker compose up")
    put(host.home, f"{USER_UNITS}/bot.service", unit(*lines))
    assert ServiceFiles().read(host, DISTRIBUTIONS).definitions == ()


@pytest.mark.parametrize(
    ("command", "home"),
    [
        ("sudo -u bob openclaw gateway --port 21000", "/srv/bob"),
        ("sudo -Hu bob bash -lc 'openclaw gateway --port 21000'", "/srv/bob"),
        ("su - bob -c 'openclaw gateway --port 21000'", "/srv/bob"),
        ("/sbin/runuser -u bob -- openclaw gateway --port 21000", "/srv/bob"),
        ("/sbin/runuser -l bob -c 'exec openclaw gateway --port 21000'", "/srv/bob"),
        ("sudo openclaw gateway --port 21000", "/root"),
        ("env bash -lc '. ~/.nvm/nvm.sh && nvm use --silent 24 && exec nice openclaw gateway --port 21000'", None),
        ("/bin/sh -c 'docker rm -f other; exec openclaw gateway --port 21000'", None),
    ],
)
def test_behind_what_runs_it_as_another_user_or_in_a_shell(host: Host, command: str, home: str | None) -> None:
    put(host.home, f"{USER_UNITS}/bot.service", unit(f"ExecStart={command}"))
    definition = only(host)
    assert (definition.home, definition.port) == (Path(home) if home else host.home, 21000)


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("/srv/start.sh --port 1", "/srv/start.sh"),
        ("/bin/bash /srv/start.sh", "/srv/start.sh"),
        ("/bin/bash -eu -o pipefail start.sh", "start.sh"),
        ("/usr/bin/python3 -u /srv/start.py", "/srv/start.py"),
        ("/usr/bin/node dist/index.js gateway", "/usr/bin/node"),
        ("/usr/bin/node /opt/bin/openclaw gateway", "/opt/bin/openclaw"),
    ],
)
def test_a_process_is_there_to_run_a_gateway_as_its_service_says(host: Host, command: str, program: str) -> None:
    put(host.home, f"{USER_UNITS}/bot.service", unit("Environment=OPENCLAW_STATE_DIR=/srv/a", f"ExecStart={command}"))
    service = only(host)
    assert service.program == program
    words = command.split()
    argv = ("/bin/sh", *words) if words[0].endswith(".sh") else words  # the kernel puts its interpreter in front
    product = next(one for one in DISTRIBUTIONS if one.name == "openclaw")
    assert is_about_to_run(ProcessInfo(7, 1, datetime.now(UTC), 1, 0, "x", tuple(argv)), product, [service])


def test_a_variable_of_the_command_line_that_only_a_shell_can_tell_is_a_problem(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/bot.service", unit("ExecStart=/bin/sh -c 'OPENCLAW_HOME=$$(pwd) openclaw gateway'"))
    found = ServiceFiles().read(host, DISTRIBUTIONS)
    assert found.definitions == ()
    assert "OPENCLAW_HOME that its files do not tell" in found.problems[0].message


@pytest.mark.parametrize(
    "lines",
    [
        ["ExecStart=/usr/bin/nginx"],
        ["ExecStart=/usr/bin/openclaw tui"],
        ["ExecStart=/usr/bin/api-gateway gateway --port 18789"],
        [
            "ExecStart=/usr/bin/openclaw node run",
            "Environment=OPENCLAW_SERVICE_KIND=node OPENCLAW_SERVICE_MARKER=openclaw",
        ],
        ["Type=oneshot", "ExecStart=/usr/bin/restic backup", "Environment=OPENCLAW_STATE_DIR=/srv/a"],
        ["ExecStart=/usr/bin/openclaw gateway", "ExecStart="],
        ["#ExecStart=/usr/bin/openclaw gateway"],
        [],
    ],
)
def test_other_services_are_not_gateways(host: Host, lines: list[str]) -> None:
    put(host.home, f"{USER_UNITS}/openclaw-gateway.service", unit(*lines))
    assert ServiceFiles().read(host, DISTRIBUTIONS).definitions == ()


@pytest.mark.parametrize(("value", "on"), [("1", True), ("True", True), ("0", False), ("", False)])
def test_a_switch_that_the_environment_turns_on(host: Host, value: str, on: bool) -> None:
    switch = f"Environment=OPENCLAW_EAGER_BROWSER_CONTROL_SERVER={value}"
    put(host.home, f"{USER_UNITS}/a.service", unit("ExecStart=/usr/bin/openclaw gateway", switch))
    assert only(host).switched_on == ({"EAGER_BROWSER_CONTROL_SERVER"} if on else set())


def test_a_token_on_the_command_line_is_noticed_and_dropped(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/a.service", unit(f"ExecStart=/usr/bin/openclaw gateway --token {CANARY}"))
    assert only(host).holds_token


def test_hostile_files_are_problems_and_the_rest_stays_visible(host: Host) -> None:
    units = host.home / USER_UNITS
    put(units, "good.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    os.mkfifo(units / "fifo.service")
    (units / "folder.service").mkdir()
    (units / "loop.service").symlink_to("loop.service")
    put(units, "bytes.service", b"\xff\xfe")
    put(units, "huge.service", b"#" * (2 << 20))
    (units / "gone.service").symlink_to("nowhere-else/gone")
    os.mkfifo(units / "good.service.d")
    seen = ServiceFiles().read(host, DISTRIBUTIONS)
    definitions, problems = seen.definitions, seen.problems
    assert [definition.name for definition in definitions] == ["good.service"]
    assert {Path(problem.where).name: problem.message for problem in problems} == {
        "bytes.service": "This service definition is not UTF-8 text (byte 1).",
        "fifo.service": "This service definition is a named pipe, not a file.",
        "folder.service": "This service definition is a directory, not a file.",
        "huge.service": "This service definition is larger than 1 MiB.",
    }


def test_only_system_services_of_the_family_are_complained_about(host: Host) -> None:
    put(host.root, "etc/systemd/system/cups.service", b"\xff")
    path = put(host.root, "etc/systemd/system/openclaw-gateway.service", b"\xff")
    problems = ServiceFiles().read(host, DISTRIBUTIONS).problems
    assert [problem.where for problem in problems] == [str(path)]


def test_a_directory_that_may_not_be_seen_is_a_problem(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    units = host.root / "etc/systemd/system"
    units.mkdir(parents=True)
    real = os.scandir

    def scandir(path: str | Path) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        if Path(path) == units:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    problems = ServiceFiles().read(host, DISTRIBUTIONS).problems
    assert [(problem.where, problem.message) for problem in problems] == [
        (str(units), "The services in this directory cannot be seen: Permission denied.")
    ]


def test_unchanged_files_are_not_parsed_again(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Iterable[Text]] = []

    def counted(texts: Iterable[Text], specifiers: Mapping[str, str], follow: ReadEnvironment | None) -> ServiceContent:
        parsed.append(texts)
        return read_unit(texts, specifiers, follow)

    monkeypatch.setattr(systemd, "read_unit", counted)
    units, files = host.home / USER_UNITS, ServiceFiles()
    put(units, "a.service", unit("ExecStart=/usr/bin/openclaw gateway --port 1"))

    def ports() -> list[int | None]:
        parsed.clear()
        return [definition.port for definition in files.read(host, DISTRIBUTIONS).definitions]

    settled = threading.Event()
    assert ports() == [1]
    while parsed:
        settled.wait(0.01)
        ports()
    assert ports() == [1]
    assert parsed == []
    put(units, "a.service.d/x.conf", unit("ExecStart=", "ExecStart=/usr/bin/openclaw gateway --port 2"))
    assert ports() == [2]
    shutil.rmtree(units / "a.service.d")
    assert ports() == [1]
    put(units, "a.service", unit("ExecStart=/usr/bin/openclaw gateway --port 4"))
    assert ports() == [4]
    (units / "a.service").unlink()
    assert ports() == []
