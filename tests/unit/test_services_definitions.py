import contextlib
import os
import plistlib
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.distributions import Distributions, built_in_distributions
from gateway_core.host import Host, ManagerName
from gateway_core.services import systemd
from gateway_core.services.definitions import ServiceDefinition, ServiceFiles, service_dirs
from gateway_core.services.launchd import read_plist
from gateway_core.services.manager import DefinitionError, ServiceContent
from gateway_core.services.systemd_unit import read_unit
from tests.cli_pictures import host_at

SAMPLE = Path(__file__).parents[1] / "data" / "services" / "openclaw-gateway-svc.service"
CANARY = "CANARY0123456789abcdef0123456789"
DISTRIBUTIONS = Distributions(built_in_distributions())
USER_UNITS = ".config/systemd/user"
RUNTIME = "run/user/1000/systemd"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    home, root = tmp_path / "home", tmp_path / "root"
    home.mkdir()
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\nbob:x:1000:1000:Bob,,,:/srv/bob:/bin/sh\nbad\n")
    return replace(host_at(home), root=root)


def put(base: Path, place: str, content: str | bytes) -> Path:
    path = base / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def unit(*lines: str, section: str = "Service") -> str:
    return "\n".join((f"[{section}]", *lines, ""))


def found(host: Host) -> list[ServiceDefinition]:
    definitions, problems = ServiceFiles().read(host, DISTRIBUTIONS)
    assert problems == ()
    assert "CANARY" not in repr(definitions)
    return list(definitions)


def only(host: Host) -> ServiceDefinition:
    (definition,) = found(host)
    return definition


# --- systemd -------------------------------------------------------------------------------------------------------


def test_the_unit_that_a_real_gateway_wrote(host: Host) -> None:
    path = put(host.home, f"{USER_UNITS}/openclaw-gateway-svc.service", SAMPLE.read_bytes())
    assert only(host) == ServiceDefinition(
        manager="systemd-user",
        name="openclaw-gateway-svc.service",
        path=path,
        distribution="openclaw",
        profile="svc",
        state_dir=Path("/home/user/.openclaw-svc"),
        config_path=Path("/home/user/.openclaw-svc/openclaw.json"),
        port=21001,
        environment_port=21001,
        oauth_dir=None,
        switched_on=frozenset(),
        version="2026.2.6-3",
        program="/opt/openclaw/node_modules/openclaw/dist/index.js",
        home=Path("/home/user"),
        holds_token=True,
    )


@pytest.mark.parametrize(
    ("base", "place", "manager"),
    [
        ("home", USER_UNITS, "systemd-user"),
        ("home", ".local/share/systemd/user", "systemd-user"),
        ("root", "etc/systemd/user", "systemd-user"),
        ("root", "run/systemd/user", "systemd-user"),
        ("root", f"{RUNTIME}/transient", "systemd-user"),
        ("root", f"{RUNTIME}/generator", "systemd-user"),
        ("root", "etc/systemd/system", "systemd-system"),
        ("root", "run/systemd/system", "systemd-system"),
        ("root", "run/systemd/transient", "systemd-system"),
        ("root", "run/systemd/generator", "systemd-system"),
    ],
)
def test_every_place_and_any_name(host: Host, base: str, place: str, manager: str) -> None:
    put(getattr(host, base), f"{place}/my bot.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    definition = only(host)
    assert (definition.manager, definition.name, definition.distribution) == (manager, "my bot.service", "openclaw")
    assert getattr(host, base) / place in service_dirs(host)


@pytest.mark.parametrize("scope", ["user", "system"])
@pytest.mark.parametrize("library", ["usr/local/lib", "usr/lib", "lib"])
def test_of_packaged_units_only_names_of_the_family_are_read(host: Host, library: str, scope: str) -> None:
    place = f"{library}/systemd/{scope}"
    put(host.root, f"{place}/other.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    path = put(host.root, f"{place}/openclaw-gateway.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    definition = only(host)
    assert (definition.manager, definition.path) == (f"systemd-{scope}", path)
    assert host.root / place in service_dirs(host)


def test_a_merged_lib_is_looked_at_once(host: Host) -> None:
    (host.root / "usr" / "lib").mkdir(parents=True)
    (host.root / "lib").symlink_to("usr/lib")
    assert not [path for path in service_dirs(host) if path.is_relative_to(host.root / "lib")]


@pytest.mark.parametrize(
    ("variable", "usual"), [("XDG_CONFIG_HOME", USER_UNITS), ("XDG_DATA_HOME", ".local/share/systemd/user")]
)
def test_a_base_directory_of_the_environment_comes_before_the_usual_one(host: Host, variable: str, usual: str) -> None:
    text = unit("ExecStart=/usr/bin/openclaw gateway")
    path = put(host.home, "base/systemd/user/a.service", text)
    hidden, further = (put(host.home, f"{usual}/{name}.service", text) for name in "ab")
    relative = replace(host, environment={variable: "base"})
    assert {item.path for item in found(relative)} == {hidden, further}
    absolute = replace(host, environment={variable: str(host.home / "base")})
    assert {item.path for item in found(absolute)} == {path, further}


PRECEDENCE = {
    "user": [
        ("home", f"{USER_UNITS}.control"),
        ("root", f"{RUNTIME}/user.control"),
        ("root", f"{RUNTIME}/transient"),
        ("root", f"{RUNTIME}/generator.early"),
        ("home", USER_UNITS),
        ("root", "etc/xdg/systemd/user"),
        ("root", "etc/systemd/user"),
        ("root", f"{RUNTIME}/user"),
        ("root", "run/systemd/user"),
        ("root", f"{RUNTIME}/generator"),
        ("home", ".local/share/systemd/user"),
        ("root", "usr/local/share/systemd/user"),
        ("root", "usr/share/systemd/user"),
        ("root", "usr/local/lib/systemd/user"),
        ("root", "usr/lib/systemd/user"),
        ("root", "lib/systemd/user"),
        ("root", f"{RUNTIME}/generator.late"),
    ],
    "system": [
        ("root", "etc/systemd/system.control"),
        ("root", "run/systemd/system.control"),
        ("root", "run/systemd/transient"),
        ("root", "run/systemd/generator.early"),
        ("root", "etc/systemd/system"),
        ("root", "etc/systemd/system.attached"),
        ("root", "run/systemd/system"),
        ("root", "run/systemd/system.attached"),
        ("root", "run/systemd/generator"),
        ("root", "usr/local/lib/systemd/system"),
        ("root", "usr/lib/systemd/system"),
        ("root", "lib/systemd/system"),
        ("root", "run/systemd/generator.late"),
    ],
}


@pytest.mark.parametrize("scope", list(PRECEDENCE))
def test_the_strongest_place_masks_the_others(host: Host, scope: str) -> None:
    name = "openclaw-gateway.service"
    text = unit("ExecStart=/usr/bin/openclaw gateway")
    paths = [put(getattr(host, base), f"{place}/{name}", text) for base, place in PRECEDENCE[scope]]
    for path in paths:
        assert [definition.path for definition in found(host)] == [path]
        path.unlink()
    put(paths[-1].parent, name, text)
    for path in paths[:-1]:
        path.symlink_to("/dev/null")
        assert found(host) == []
        path.unlink()


def test_the_runtime_directory_is_the_one_that_the_environment_names(host: Host) -> None:
    text = unit("ExecStart=/usr/bin/openclaw gateway")
    usual = put(host.root, f"{RUNTIME}/transient/a.service", text)
    named = put(host.root, "elsewhere/systemd/transient/a.service", text)
    relative = replace(host, environment={"XDG_RUNTIME_DIR": "elsewhere"})
    assert [item.path for item in found(relative)] == [usual]
    absolute = replace(host, uid=os.getuid(), environment={"XDG_RUNTIME_DIR": str(host.root / "elsewhere")})
    assert [item.path for item in found(absolute)] == [named]
    assert found(replace(absolute, uid=os.getuid() + 1)) == [], "it is another user's"


def test_links_into_a_weaker_place(host: Host) -> None:
    units = put(host.root, "usr/lib/systemd/system/openclaw-gateway.service", unit("ExecStart=openclaw gateway")).parent
    put(units, "bot.service", unit("ExecStart=/usr/bin/openclaw gateway --port 2"))
    own = host.root / "etc/systemd/system"
    own.mkdir(parents=True)
    (own / "alias.service").symlink_to(units / "openclaw-gateway.service")
    (own / "bot.service").symlink_to(units / "bot.service")
    (own / "openclaw-gateway.service").symlink_to(units / "openclaw-gateway.service")
    assert [definition.path.name for definition in found(host)] == ["bot.service", "openclaw-gateway.service"]
    (own / "openclaw-gateway.service").unlink()
    assert [definition.path for definition in found(host)] == [own / "bot.service", units / "openclaw-gateway.service"]


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
    assert found(host) == []


@pytest.mark.parametrize(("value", "on"), [("1", True), ("True", True), ("0", False), ("", False)])
def test_a_switch_that_the_environment_turns_on(host: Host, value: str, on: bool) -> None:
    switch = f"Environment=OPENCLAW_EAGER_BROWSER_CONTROL_SERVER={value}"
    put(host.home, f"{USER_UNITS}/a.service", unit("ExecStart=/usr/bin/openclaw gateway", switch))
    assert only(host).switched_on == ({"EAGER_BROWSER_CONTROL_SERVER"} if on else set())


def test_only_the_service_section_counts(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/a.service", unit("ExecStart=/usr/bin/openclaw gateway", section="X-Note"))
    assert found(host) == []


def test_systemd_syntax() -> None:
    content = read_unit(
        [
            unit(
                r'Environment="HOME=/h" OPENCLAW_STATE_DIR=%h/a\x20b "OPENCLAW_PROFILE=it\"s"',
                "Environment='OPENCLAW_CONFIG_PATH=/a b/100%%.json'",
                "# a comment \\",
                "Environment=OPENCLAW_GATEWAY_PORT=1 \\",
                "  ; a comment inside",
                "  OPENCLAW_SERVICE_KIND=gateway \\",
                "  JUNK",
                "User=bob",
                r"ExecStart=:/usr/bin/node 'a b' c\td %x $$HOME $HOME",
            )
        ],
        {"h": "/home/u"},
    )
    assert content.environment == {
        "HOME": "/h",
        "OPENCLAW_STATE_DIR": "/home/u/a b",
        "OPENCLAW_PROFILE": 'it"s',
        "OPENCLAW_CONFIG_PATH": "/a b/100%.json",
        "OPENCLAW_GATEWAY_PORT": "1",
        "OPENCLAW_SERVICE_KIND": "gateway",
    }
    assert content.argv == ("/usr/bin/node", "a b", "c\td", "%x", "$HOME", "/h")
    assert (content.user, content.holds_secret, content.occasional) == ("bob", False, False)


def test_secrets_are_dropped_while_parsing() -> None:
    content = read_unit([unit(f"Environment=A_TOKEN={CANARY} 'B_API_KEY={CANARY}' C={CANARY} OPENCLAW_PROFILE=p")], {})
    assert content.environment == {"OPENCLAW_PROFILE": "p"}
    assert content.holds_secret
    assert CANARY not in repr(content)
    assert not read_unit([unit("Environment=A_TOKEN= TOKENS=5")], {}).holds_secret


def test_a_token_on_the_command_line_is_noticed_and_dropped(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/a.service", unit(f"ExecStart=/usr/bin/openclaw gateway --token {CANARY}"))
    assert only(host).holds_token


def test_drop_ins_override_in_the_order_of_their_names(host: Host) -> None:
    put(
        host.home,
        f"{USER_UNITS}/a.service",
        unit("ExecStart=/usr/bin/openclaw gateway --port 1", "Environment=HOME=/a"),
    )
    put(
        host.home,
        f"{USER_UNITS}/a.service.d/20-x.conf",
        unit("ExecStart=", "ExecStart=/usr/bin/openclaw gateway --port 3"),
    )
    put(
        host.root,
        "etc/systemd/user/a.service.d/10-x.conf",
        unit("ExecStart=", "ExecStart=/bin/true", "Environment=HOME=/b"),
    )
    put(host.root, "etc/systemd/user/a.service.d/20-x.conf", unit("ExecStart="))
    put(host.home, f"{USER_UNITS}/a.service.d/30-x.txt", unit("ExecStart="))
    definition = only(host)
    assert (definition.port, definition.home) == (3, Path("/b"))


def test_each_unit_once(host: Host) -> None:
    units = host.home / USER_UNITS
    text = unit("ExecStart=/usr/bin/openclaw gateway --port 1")
    put(units, "a.service", text)
    (units / "alias.service").symlink_to("a.service")
    (units / "default.target.wants").mkdir()
    (units / "default.target.wants" / "a.service").symlink_to(units / "a.service")
    put(host.root, "etc/systemd/user/a.service", text)
    put(units, "template@.service", text)
    linked = put(host.home, "dist/linked.service", text)
    (units / "linked.service").symlink_to(linked)
    (units / "linked-again.service").symlink_to(linked)
    assert [definition.path for definition in found(host)] == [units / "a.service", units / "linked-again.service"]


def test_a_masked_unit_hides_what_lies_behind_it(host: Host) -> None:
    units = host.home / USER_UNITS
    units.mkdir(parents=True)
    (units / "a.service").symlink_to("/dev/null")
    put(units, "b.service", "")
    for name in ("a", "b"):
        put(host.root, f"etc/systemd/user/{name}.service", unit("ExecStart=/usr/bin/openclaw gateway"))
    assert found(host) == []


@pytest.mark.parametrize(
    ("user", "home"), [("User=bob", "/srv/bob"), ("", "/root"), ("User=bob\nEnvironment=HOME=/x", "/x")]
)
def test_a_system_unit_has_the_home_of_its_account(host: Host, user: str, home: str) -> None:
    put(
        host.root,
        "etc/systemd/system/a.service",
        unit("ExecStart=/usr/bin/openclaw gateway", "Environment=OPENCLAW_STATE_DIR=~/s", user),
    )
    definition = only(host)
    assert (str(definition.home), str(definition.state_dir)) == (home, f"{home}/s")


# --- launchd -------------------------------------------------------------------------------------------------------

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
        oauth_dir=None,
        switched_on=frozenset(),
        version="2026.9.6",
        program="/x/node_modules/openclaw/dist/index.js",
        home=Path("/Users/u"),
        holds_token=True,
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
    definitions, problems = ServiceFiles().read(host, DISTRIBUTIONS)
    assert definitions == ()
    assert [problem.where for problem in problems] == [str(path)]


# --- hostile files, caching ----------------------------------------------------------------------------------------


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
    definitions, problems = ServiceFiles().read(host, DISTRIBUTIONS)
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
    _, problems = ServiceFiles().read(host, DISTRIBUTIONS)
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
    _, problems = ServiceFiles().read(host, DISTRIBUTIONS)
    assert [(problem.where, problem.message) for problem in problems] == [
        (str(units), "The services in this directory cannot be seen: Permission denied.")
    ]


def test_unchanged_files_are_not_parsed_again(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Iterable[str]] = []

    def counted(texts: Iterable[str], specifiers: Mapping[str, str]) -> ServiceContent:
        parsed.append(texts)
        return read_unit(texts, specifiers)

    monkeypatch.setattr(systemd, "read_unit", counted)
    units, files = host.home / USER_UNITS, ServiceFiles()
    put(units, "a.service", unit("ExecStart=/usr/bin/openclaw gateway --port 1"))

    def ports() -> list[int | None]:
        parsed.clear()
        return [definition.port for definition in files.read(host, DISTRIBUTIONS)[0]]

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


@given(st.text(alphabet="[Service]\nEnvironment=ExecStart\"'\\ %$#;xé0", max_size=120))
def test_no_unit_makes_it_raise(text: str) -> None:
    content = read_unit([unit(text), text], {})
    assert isinstance(content.argv, tuple)


@given(st.binary(max_size=100), st.booleans())
def test_no_plist_makes_it_raise_anything_else(data: bytes, binary: bool) -> None:
    with contextlib.suppress(DefinitionError):
        read_plist((b"bplist00" if binary else b"") + data)


@pytest.mark.parametrize("piece", ['"', "'", "\\", '\\"', "a\\\n", "x='", " ", "Environment='\n", "%", "${"])
def test_a_megabyte_of_anything_is_parsed_in_time(piece: str) -> None:
    text = unit("Environment=" + piece * (1_000_000 // len(piece)), "ExecStart=" + piece * 1000)
    content = read_unit([text], {})
    assert isinstance(content.environment, dict)
