"""What a systemd unit says, with its drop-ins, its variables and its quotes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.host import Host
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.services.systemd_unit import read_unit
from tests.canaries import CANARY
from tests.service_files import USER_UNITS, found, host, only, put, unit

__all__ = ["host"]

SAMPLE = Path(__file__).parents[1] / "data" / "services" / "openclaw-gateway-svc.service"
PLACE = Path("/units/a.service")


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
        run_port=False,
        oauth_dir=None,
        switched_on=frozenset(),
        version="2026.2.6-3",
        program="/opt/openclaw/node_modules/openclaw/dist/index.js",
        home=Path("/home/user"),
        temporary_dir=None,
        token_files=(path,),
        decided_in=dict.fromkeys(("port", "environment_port", "state_dir", "config_path", "home", "program"), path),
    )


@pytest.mark.parametrize(
    ("lines", "own"),
    [
        (("PrivateNetwork=yes",), True),
        (("PrivateNetwork=on", "PrivateNetwork=no"), False),
        (("NetworkNamespacePath=/run/netns/vpn",), True),
        (("PrivateTmp=yes",), False),
    ],
)
def test_a_network_of_its_own(host: Host, lines: tuple[str, ...], own: bool) -> None:
    put(host.home, f"{USER_UNITS}/a.service", unit("ExecStart=/usr/bin/openclaw gateway", *lines))
    assert only(host).own_network is own


def test_only_the_service_section_counts(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/a.service", unit("ExecStart=/usr/bin/openclaw gateway", section="X-Note"))
    assert found(host) == []


def test_systemd_syntax() -> None:
    content = read_unit(
        [
            (
                PLACE,
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
                ),
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
    line = f"Environment=A_TOKEN={CANARY} 'B_API_KEY={CANARY}' C={CANARY} OPENCLAW_PROFILE=p"
    content = read_unit([(PLACE, unit(line))], {})
    assert content.environment == {"OPENCLAW_PROFILE": "p"}
    assert content.holds_secret
    assert CANARY not in repr(content)
    assert not read_unit([(PLACE, unit("Environment=A_TOKEN= TOKENS=5"))], {}).holds_secret


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


@pytest.mark.parametrize(
    ("user", "home", "uid"),
    [
        ("User=bob", "/srv/bob", 1000),
        ("", "/root", 0),
        ("User=bob\nEnvironment=HOME=/x", "/x", 1000),
        ("User=1000\nEnvironment=HOME=/x", "/x", 1000),
    ],
)
def test_a_system_unit_has_the_home_of_its_account(host: Host, user: str, home: str, uid: int) -> None:
    put(
        host.root,
        "etc/systemd/system/a.service",
        unit("ExecStart=/usr/bin/openclaw gateway", "Environment=OPENCLAW_STATE_DIR=~/s", user),
    )
    definition = only(host)
    assert (str(definition.home), str(definition.state_dir)) == (home, f"{home}/s")
    assert definition.uid == uid


@given(st.text(alphabet="[Service]\nEnvironment=ExecStart\"'\\ %$#;xé0", max_size=120))
def test_no_unit_makes_it_raise(text: str) -> None:
    content = read_unit([(PLACE, unit(text)), (PLACE, text)], {})
    assert isinstance(content.argv, tuple)


@pytest.mark.parametrize("piece", ['"', "'", "\\", '\\"', "a\\\n", "x='", " ", "Environment='\n", "%", "${"])
def test_a_megabyte_of_anything_is_parsed_in_time(piece: str) -> None:
    text = unit("Environment=" + piece * (1_000_000 // len(piece)), "ExecStart=" + piece * 1000)
    content = read_unit([(PLACE, text)], {})
    assert isinstance(content.environment, dict)
