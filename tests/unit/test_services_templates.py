"""The instances of template units: enabled, running, or implied by what the template's text names."""

from pathlib import Path

import pytest

from gateway_core.host import Host
from gateway_core.services.files import DefinitionFiles
from gateway_core.services.manager import ServiceContent
from gateway_core.services.reader import ServiceFiles
from gateway_core.services.specifiers import UnitName, escaped, name_specifiers, unescaped
from gateway_core.services.systemd import Systemd
from tests.canaries import CANARY
from tests.service_files import DISTRIBUTIONS, USER_UNITS, found, host, only, put, unit

__all__ = ["host"]

TEMPLATE = f"{USER_UNITS}/claw@.service"
START = "ExecStart=/usr/bin/openclaw gateway"


def names(host: Host) -> dict[str, bool]:
    """The services that are found, each with whether only its template implies it."""
    return {service.name: service.implied for service in found(host)}


def set_up(host: Host, place: str) -> Path:
    return put(host.home, f"{place}/openclaw.json", "{}")


@pytest.mark.parametrize("folder", ["default.target.wants", "x.target.requires", "x.target.upholds"])
def test_enabled_instances(host: Host, folder: str) -> None:
    path = put(host.home, TEMPLATE, unit(START, "Environment=HOME=%h/%i"))
    link = host.home / USER_UNITS / folder / "claw@alice.service"
    link.parent.mkdir()
    link.symlink_to(path)
    service = only(host)
    assert (service.name, service.path, service.home, service.implied) == (
        "claw@alice.service",
        path,
        host.home / "alice",
        False,
    )


def test_a_link_beside_the_template_is_an_instance(host: Host) -> None:
    put(host.home, TEMPLATE, unit(START))
    (host.home / USER_UNITS / "claw@alice.service").symlink_to("claw@.service")
    assert names(host) == {"claw@alice.service": False}


def test_an_instance_with_a_file_of_its_own(host: Host) -> None:
    put(host.home, f"{USER_UNITS}/claw@bob.service", unit(START, "Environment=HOME=/srv/%i"))
    assert only(host).home == Path("/srv/bob")


def test_running_instances(host: Host) -> None:
    put(host.home, TEMPLATE, unit(START))
    awake = {("systemd-user", "claw@a.service"), ("systemd-system", "claw@b.service"), ("systemd-user", "x@c.service")}
    seen = ServiceFiles().read(host, DISTRIBUTIONS, awake)
    assert [service.name for service in seen.definitions] == ["claw@a.service"]
    assert seen.templates == {("systemd-user", "claw@.service")}


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("Environment=HOME={}/agents/%i", "agents/alice/.openclaw"),
        ('Environment="OPENCLAW_STATE_DIR={}/agents/claw-%i/state"', "agents/claw-alice/state"),
        ("Environment=OPENCLAW_CONFIG_PATH={}/%I/openclaw.json", "alice"),
        ("Environment=OPENCLAW_CONFIG_PATH=~/%i/openclaw.json", "alice"),
        ("EnvironmentFile={}/env/%i.env", "alice"),
        ("EnvironmentFile=-{}/env/*%i.env", "alice"),
        ("ExecStart=\nExecStart=/usr/bin/openclaw --profile %i gateway", ".openclaw-alice"),
    ],
)
def test_implied_instances(host: Host, line: str, place: str) -> None:
    put(host.home, TEMPLATE, unit(START, line.format(host.home)))
    put(host.home, "env/alice.env", f"OPENCLAW_STATE_DIR={host.home}/alice")
    put(host.home, "env/common.env", "OPENCLAW_GATEWAY_PORT=1")
    put(host.home, "agents/junk/file", "")
    assert names(host) == {}, "nothing is set up there"
    set_up(host, place)
    set_up(host, ".openclaw")
    assert names(host) == {"claw@alice.service": True}


@pytest.mark.timeout(10)  # fitting them to that name took longer than anybody would wait
def test_a_name_of_many_wildcards_implies_nothing_known(host: Host) -> None:
    pattern = f"{host.home}/env/{'*a' * 12}%i.env"
    put(host.home, TEMPLATE, unit(START, f"EnvironmentFile={pattern}"))
    put(host.home, f"env/{'a' * 240}", "")
    seen = ServiceFiles().read(host, DISTRIBUTIONS)
    assert (seen.definitions, [(item.where, item.unseen) for item in seen.problems]) == ((), [(pattern, True)])


def test_instances_of_a_profile_with_dashes(host: Host) -> None:
    put(host.home, TEMPLATE, unit("ExecStart=/usr/bin/openclaw --profile %i gateway"))
    set_up(host, ".openclaw-my-bot")
    assert [service.profile for service in found(host)] == ["my-bot"]


def test_instances_by_account(host: Host) -> None:
    (host.root / "etc" / "passwd").write_text(f"bob:x:1000:1000::{host.home}/b:/bin/sh\neve:x:1001:1001::/e:/bin/sh\n")
    put(host.root, "etc/systemd/system/claw@.service", unit(START, "User=%i"))
    set_up(host, "b/.openclaw")
    service = only(host)
    assert (service.manager, service.name, service.home) == ("systemd-system", "claw@bob.service", host.home / "b")


@pytest.mark.timeout(3)  # reading the template for each of them took six seconds
def test_thousands_of_accounts_without_a_gateway_cost_nothing(host: Host) -> None:
    accounts = (f"u{number}:x:{2000 + number}:100::{host.home}/u{number}:/bin/sh\n" for number in range(3000))
    (host.root / "etc" / "passwd").write_text("".join(accounts))
    put(host.root, "etc/systemd/system/claw@.service", unit(START, "User=%i"))
    set_up(host, "u7/.openclaw")
    assert names(host) == {"claw@u7.service": True}


def test_an_instance_with_drop_ins_of_its_own_counts_if_it_is_set_up(host: Host) -> None:
    put(host.home, TEMPLATE, unit(START))
    put(host.home, f"{USER_UNITS}/claw@alice.service.d/home.conf", unit(f"Environment=HOME={host.home}/a"))
    assert names(host) == {}
    set_up(host, "a/.openclaw")
    assert names(host) == {"claw@alice.service": True}


def test_one_that_cannot_start_is_not_implied(host: Host) -> None:
    put(host.home, TEMPLATE, unit(START, "Environment=HOME=%h/agents/%i", "EnvironmentFile=%h/env/%i.env"))
    set_up(host, "agents/alice/.openclaw")
    assert names(host) == {}
    put(host.home, "env/alice.env", "OPENCLAW_GATEWAY_PORT=21000")
    assert only(host).port == 21000


@pytest.mark.parametrize("line", ["ExecStart=/usr/bin/nginx", "ExecStart=/usr/bin/openclaw tui"])
def test_templates_of_other_programs_have_none(host: Host, line: str) -> None:
    put(host.home, TEMPLATE, unit(line, "Environment=HOME=%h/agents/%i"))
    put(host.home, f"{USER_UNITS}/default.target.wants/claw@x.service", "")
    set_up(host, "agents/alice/.openclaw")
    assert names(host) == {}


def test_a_second_at_sign_belongs_to_the_instance(host: Host) -> None:
    put(host.home, TEMPLATE, unit(START, "Environment=HOME=/srv/%i"))
    put(host.home, f"{USER_UNITS}/claw@@.service", unit(START))
    put(host.home, f"{USER_UNITS}/a@@.service", unit(START))
    put(host.home, f"{USER_UNITS}/default.target.wants/claw@x@y.service", "")
    put(host.home, f"{USER_UNITS}/default.target.wants/claw@x.timer", "")
    assert names(host) == {"a@@.service": False, "claw@@.service": False, "claw@x@y.service": False}


@pytest.mark.parametrize("error", [ValueError(CANARY), IndexError(CANARY), PermissionError(CANARY)])
def test_a_file_that_breaks_its_reader_hides_no_other(
    host: Host, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path = put(host.home, f"{USER_UNITS}/bad.service", unit(START))
    put(host.home, f"{USER_UNITS}/good.service", unit(START))
    usual = Systemd.read

    def read(self: Systemd, files: DefinitionFiles, of: Host) -> ServiceContent | None:
        if files.path == path:
            raise error
        return usual(self, files, of)

    monkeypatch.setattr(Systemd, "read", read)
    seen = ServiceFiles().read(host, DISTRIBUTIONS)
    assert [service.name for service in seen.definitions] == ["good.service"]
    assert [(item.where, CANARY in item.message) for item in seen.problems] == [(str(path), False)]


def test_a_masked_instance_is_none(host: Host) -> None:
    put(host.home, TEMPLATE, unit(START, "Environment=HOME=%h/agents/%i"))
    set_up(host, "agents/alice/.openclaw")
    (host.home / USER_UNITS / "claw@alice.service").symlink_to("/dev/null")
    assert names(host) == {}


def test_the_files_with_a_token_are_told_apart(host: Host) -> None:
    put(host.home, TEMPLATE, unit(START, "Environment=HOME=/srv/%i"))
    put(host.home, f"{USER_UNITS}/x.target.wants/claw@alice.service", "")
    drop_in = f"{USER_UNITS}/claw@alice.service.d/token.conf"
    with_token = put(host.home, drop_in, unit(f"Environment=OPENCLAW_GATEWAY_TOKEN={CANARY}"))
    put(host.home, f"{USER_UNITS}/service.d/all.conf", unit("Environment=LANG=C"))
    service = only(host)
    assert (service.token_files, service.holds_token, service.of_template) == ((with_token,), True, True)


def test_names() -> None:
    name = UnitName("my-bot@srv-a\\x2db.service")
    known = name_specifiers(name, Path("/units/my-bot@.service"))
    assert {key: known[key] for key in "nNpiIjf"} == {
        "n": "my-bot@srv-a\\x2db.service",
        "N": "my-bot@srv-a\\x2db",
        "p": "my-bot",
        "i": "srv-a\\x2db",
        "I": "srv/a-b",
        "j": "bot",
        "f": "/srv/a-b",
    }
    assert name.template == "my-bot@.service"
    assert UnitName("my-bot.service").template is None
    for text in ("a-b", "ü", "x y", "a.b_c:d"):
        assert unescaped(escaped(text)) == text
