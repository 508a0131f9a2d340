"""Every check: on a well-kept host it passes, and each way to spoil the host is found, explained and given a remedy."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway_core.audit.model import Result
from gateway_core.audit.run import CHECKS
from gateway_core.host import ServiceState
from gateway_core.snapshot import Grade
from tests.audited_host import USER, AuditedHost, merged, well_kept
from tests.fixed_host import FixedHost
from tests.spoiled_host import (
    Spoil,
    add_drop_in,
    each,
    early,
    give_one_config_to_two_state_dirs,
    hard_link_the_config,
    leak_whatsapp,
    leave_a_browser,
    leave_two_browsers,
    link_the_state_dir,
    lock_without_start,
    lose_the_program,
    main,
    mistype,
    move_logins_into_mains,
    open_up,
    rename_config,
    replace_by_link,
    rescue,
    restart_beside,
    reuse_the_pid,
    second_unit,
    set_both,
    set_rescue,
    share_a_far_browser,
    share_the_bot,
    share_the_bot_through_dotenv,
    unit_mode,
    with_group,
)
from tests.unseen import unlistable

FAIL, WARN, UNKNOWN, PASS = Result.FAIL, Result.WARN, Result.UNKNOWN, Result.PASS
MAIN, RESCUE, MOLT = "openclaw:main", "openclaw:rescue", "moltbot:default"


@pytest.fixture
def host(tmp_path: Path) -> AuditedHost:
    return well_kept(FixedHost(tmp_path))


@dataclass(frozen=True)
class Case:
    """One way to spoil the host, and what has to be said about it."""

    check: str
    spoil: Spoil
    result: Result
    evidence: tuple[str, ...]
    remedy: str
    about: tuple[str | None, ...] = (RESCUE,)
    """Each of them is told."""


ASLEEP = ServiceState(active="inactive", enabled=False, main_pid=None, restarts=0, exit_status=None)
CASES = {
    "a hard link joins two configs": Case(
        "config path", hard_link_the_config, FAIL, ("hard link", MAIN), "profile", (RESCUE,)
    ),
    "two state dirs, one config": Case(
        "config path", give_one_config_to_two_state_dirs, FAIL, ("elsewhere",), "keep one of the services"
    ),
    "a linked state dir": Case(
        "state dir", link_the_state_dir, FAIL, ("is or lies behind a link", MAIN), "its own, not a link",
        ("openclaw@rescue",),
    ),
    "one workspace for both": Case(
        "workspace", set_both({"agents": {"defaults": {"workspace": "~/work"}}}), FAIL, ("/work is also that of",),
        "set agents.defaults.workspace to a directory of its own", (MAIN, RESCUE),
    ),
    "a linked workspace": Case("workspace", replace_by_link("workspace"), FAIL, ("behind a link", MAIN), "such as"),
    "an agent in the other's workspace": Case(
        "workspace",
        lambda host: host.configure(
            rescue(host),
            {"agents": {"entries": {"helper": {"workspace": str(main(host) / "workspace")}}}},
        ),
        FAIL, ("workspace of agent helper", MAIN), "the workspace of agent helper",
    ),
    "a workspace around everything": Case(
        "workspace", set_rescue({"agents": {"defaults": {"workspace": "~"}}}), WARN,
        ("its agents can reach that",), "directory of its own",
    ),
    "a workspace in another's state dir": Case(
        "workspace",
        each(
            lambda host: (main(host) / "workspace-rescue").mkdir(),
            lambda host: host.configure(
                rescue(host), {"agents": {"defaults": {"workspace": str(main(host) / "workspace-rescue")}}}
            ),
        ),
        WARN, ("lies in the state dir of openclaw:main",), ".openclaw-rescue/workspace",
    ),
    "one base port for both": Case(
        "base port",
        each(set_rescue({"gateway": {"port": 18789}}), lambda host: host.serve(rescue(host), 18789)),
        FAIL, ("18789",), "is free", (MAIN, RESCUE),
    ),
    "a base in the other's CDP range": Case(
        "derived ports",
        each(set_rescue({"gateway": {"port": 18809}}), lambda host: host.serve(rescue(host), 18809)),
        WARN, ("CDP range",), "is free", (MAIN, RESCUE),
    ),
    "one local browser for both": Case(
        "browser", set_both({"browser": {"cdpUrl": "http://127.0.0.1:9222"}}), FAIL,
        ("browser.cdpUrl is the same browser as browser.cdpUrl of",), "change or remove browser.cdpUrl", (MAIN, RESCUE),
    ),
    "a cdpPort that another's cdpUrl has": Case(
        "browser", each(
            lambda host: host.configure(main(host), {"browser": {"profiles": {"work": {"cdpPort": 9333}}}}),
            set_rescue({"browser": {"profiles": {"x": {"cdpUrl": "http://localhost:9333"}}}}),
        ), FAIL, ("browser.profiles.work.cdpPort of openclaw:main",), "browser.profiles.x.cdpUrl",
    ),
    "one far browser for both": Case(
        "browser", share_a_far_browser, FAIL, ("same browser",), "change or remove", (MAIN, RESCUE)
    ),
    "one bot for both": Case(
        "channel accounts", share_the_bot({"channels": {"telegram": {"botToken": "THE-TOKEN"}}}), FAIL,
        ("botToken is the same as channels.telegram.botToken of",), "a bot of its own", (MAIN, RESCUE),
    ),
    "one bot in an account": Case(
        "channel accounts",
        share_the_bot({"channels": {"telegram": {"accounts": {"work": {"botToken": "THE-TOKEN"}}}}}), FAIL,
        ("channels.telegram.accounts.work.botToken",), "a bot of its own",
    ),
    "one bot, once in .env": Case(
        "channel accounts", share_the_bot_through_dotenv, FAIL, ("TELEGRAM_BOT_TOKEN is the same as",), "bot of its own"
    ),
    "linked credentials": Case("credentials", replace_by_link("credentials"), FAIL, ("behind a link", MAIN), "log in"),
    "a linked agent directory": Case(
        "credentials", replace_by_link("agents/main/agent"), FAIL, ("directory of agent main", MAIN), "log in again"
    ),
    "logins moved into the other's": Case(
        "credentials", move_logins_into_mains, FAIL, ("credentials dir", MAIN), "apart from openclaw:main"
    ),
    "one agentDir for both": Case(
        "credentials", set_both({"agents": {"entries": {"main": {"agentDir": "~/agent"}}}}), FAIL,
        ("/agent is also that of",), "log in again", (MAIN, RESCUE),
    ),
    "a WhatsApp login beside the default's": Case(
        "credentials", leak_whatsapp, WARN, (".openclaw/credentials/whatsapp",), "OPENCLAW_OAUTH_DIR="
    ),
    "shared approvals": Case(
        "shared files", early("exec-approvals.json"), WARN, ("(exec approvals)", MAIN), "2026.6.11 or later"
    ),
    "a shared identity": Case(
        "shared files", early("identity/device.json"), WARN, ("device identity", MAIN), "to 2026.2.9 or later, which"
    ),
    "a shared canvas": Case("shared files", early("canvas/index.html"), WARN, ("canvas", MAIN), "2026.2.9 or later"),
    "one log for both": Case(
        "log file", set_both({"logging": {"file": "~/all.log"}}), WARN, ("all.log is also written by",),
        "logging.file", (MAIN, RESCUE),
    ),
    "a readable config": Case("secret files", open_up("openclaw.json"), FAIL, ("mode 0644",), "chmod 600 "),
    "a readable backup": Case("secret files", open_up("openclaw.json.bak.2"), FAIL, ("json.bak.2",), "chmod 600 "),
    "a readable .env": Case("secret files", open_up(".env"), FAIL, ("/.env",), "chmod 600 "),
    "a readable login": Case("secret files", open_up("credentials/a/b.json"), FAIL, ("a/b.json",), "chmod 600 "),
    "readable keys": Case(
        "secret files", open_up("gateway/tls/key.pem", "identity/device.json", "devices/paired.json", "nodes/n.json",
                                "exec-approvals.json", "agents/main/agent/auth.json"), FAIL,
        ("and 3 more",), "more (mode 0600)",
    ),
    "a writable login": Case("secret files", open_up(".env", mode=0o602), FAIL, ("mode 0602",), "chmod 600 "),
    "a config for the group": Case(
        "secret files", with_group("staff", spoil=open_up("openclaw.json", mode=0o640)), FAIL,
        ("group staff can read", "openclaw.json (mode 0640)"), "chmod 600 ",
    ),
    "a config for a group that is not listed": Case(
        "secret files", open_up("openclaw.json", mode=0o640), FAIL, ("group ", "can read"), "chmod 600 "
    ),
    "a config for the user's own group": Case(
        "secret files", with_group(USER, spoil=open_up("openclaw.json", mode=0o660, state_dir=0o770)), WARN,
        ("only that their group has no other member keeps others from",), "chmod 600 ",
    ),
    "a config for the user's own group with somebody else in it": Case(
        "secret files", with_group(USER, "bob", spoil=open_up("openclaw.json", mode=0o640)), FAIL,
        (f"group {USER} can read",), "chmod 600 ",
    ),
    "a config for the group in a state dir for nobody": Case(
        "secret files", with_group("staff", spoil=open_up("openclaw.json", mode=0o640, state_dir=0o700)), WARN,
        ("only a directory around it",), "chmod 600 ",
    ),
    "a readable .env in a state dir for the group": Case(
        "secret files", with_group("staff", spoil=open_up(".env", state_dir=0o750)), FAIL,
        ("group staff can read",), "chmod 600 ",
    ),
    "a .env for all but the group": Case(
        "secret files", with_group("staff", spoil=open_up(".env", mode=0o604, state_dir=0o750)), WARN,
        ("only a directory around it",), "chmod 600 ",
    ),
    "a state dir that the group can pass": Case(
        "secret files", with_group("staff", spoil=open_up(state_dir=0o710)), WARN,
        ("group staff can look into the state dir",), "chmod 700 ",
    ),
    "a readable .env in a closed state dir": Case(
        "secret files", open_up(".env", state_dir=0o700), WARN, ("only a directory around it",), "chmod 600 "
    ),
    "an open state dir": Case("secret files", open_up(), WARN, ("can look into the state dir",), "chmod 700 "),
    "a token in a readable unit": Case("service files", unit_mode(0o644), FAIL, ("other users can",), "new token"),
    "a readable drop-in": Case("service files", add_drop_in, FAIL, ("mine.conf",), "chmod 600 "),
    "a token in a unit for the group": Case(
        "service files", with_group("staff", spoil=unit_mode(0o640)), FAIL, ("group staff can read",), "new token"
    ),
    "a token in a unit for the user's own group": Case(
        "service files", with_group(USER, spoil=unit_mode(0o640)), WARN, ("has no other member",), "chmod 600"
    ),
    "open without auth": Case(
        "bind", set_rescue({"gateway": {"bind": "lan", "auth": {"mode": "none"}}}), FAIL, ("is lan", "none"), "loopback"
    ),
    "open without a token": Case(
        "bind", each(
            set_rescue({"gateway": {"bind": "lan", "auth": {"mode": None, "token": ""}}}),
            lambda host: host.write(rescue(host) / "openclaw.json",
                                      (rescue(host) / "openclaw.json").read_text().replace('"mode": null, ', "")),
            lambda host: (host.home / ".config/systemd/user/openclaw-gateway-rescue.service").unlink(),
        ), FAIL, ("no token or password",), "gateway.auth.mode",
    ),
    "open, with a token that may be in the unit": Case(
        "bind", set_rescue({"gateway": {"bind": "lan", "auth": {"token": ""}}}), UNKNOWN, ("may be",), "in the config"
    ),
    "published by tailscale": Case(
        "bind", set_rescue({"gateway": {"tailscale": {"mode": "funnel"}, "auth": {"mode": "none"}}}), FAIL,
        ("tailscale.mode is funnel",), "loopback",
    ),
    "behind a trusted proxy": Case(
        "bind", set_rescue({"gateway": {"bind": "lan", "auth": {"mode": "trusted-proxy"}}}), WARN, ("proxy",), "proxy"
    ),
    "listening beyond loopback": Case(
        "bind", each(
            lambda host: host.configure(main(host), {"gateway": {"auth": {"mode": "none"}}}),
            lambda host: host.fixed.listen(77, 18789, address="0.0.0.0"),
        ), FAIL, ("it listens on 0.0.0.0",), "loopback", (MAIN,),
    ),
    "an unreadable config": Case(
        "bind", lambda host: host.write(rescue(host) / "openclaw.json", "{"), UNKNOWN, ("cannot be read",), "mend"
    ),
    "no linger": Case(
        "linger", lambda host: (host.fixed.directory / "var/lib/systemd/linger/ada").unlink(), WARN,
        ("ends when ada logs out",), "loginctl enable-linger ada", (MAIN, RESCUE),
    ),
    "a user and a system unit": Case(
        "services", second_unit("system"), FAIL, ("(systemd-user)", "(systemd-system)", "more than one"), "disable"
    ),
    "a second unit that sleeps": Case("services", second_unit("user", ASLEEP), WARN, ("old-name.service",), "disable"),
    "a unit that restarts beside the gateway": Case(
        "services", restart_beside, FAIL, ("openclaw-gateway-rescue.service", "10 restarts"),
        "claw-tui restart openclaw:rescue",
    ),
    "a service without its program": Case(
        "service target", lose_the_program, FAIL, ("/opt/gone/openclaw, which is not there",), "gateway install"
    ),
    "a service without its config": Case(
        "service target", lambda host: (rescue(host) / "openclaw.json").unlink(), FAIL,
        ("starts a gateway with the config",), "systemctl --user disable --now openclaw-gateway-rescue.service",
    ),
    "a config under a legacy name": Case(
        "config name", rename_config("clawdbot.json"), FAIL, ("clawdbot.json is never read",), "mv "
    ),
    "a config beside its successor": Case(
        "config name", lambda host: host.write(rescue(host) / "moltbot.json", "{}"), WARN,
        ("moltbot.json is never read",), "remove ",
    ),
    "two state dirs of one product": Case(
        "twin state dirs", lambda host: (host.home / ".moltbot").mkdir(), WARN, (".clawdbot", ".moltbot"), "aside",
        (MOLT,),
    ),
    "a lock of the dead": Case(
        "locks", lambda host: host.lock(rescue(host), 4242, 8), WARN, ("pid 4242, which is gone",), "rm "
    ),
    "a lock with a reused pid": Case("locks", reuse_the_pid, WARN, ("firefox, another process",), "rm "),
    "a lock without a start time": Case("locks", lock_without_start, UNKNOWN, ("not since when",), "rm "),
    "a lock of a removed config": Case(
        "locks", lambda host: host.lock(rescue(host), 4242, 8, config="/home/ada/gone.json"), WARN,
        ("/home/ada/gone.json, which is not there any more",), "rm ", (None,),
    ),
    "a browser without its gateway": Case(
        "leftover browser", leave_a_browser, WARN, ("chrome (pid 4711)", "no gateway of openclaw:rescue runs"),
        "kill 4711",
    ),
    "two browsers without their gateway": Case(
        "leftover browser", leave_two_browsers, WARN, ("chrome (pid 4711) and chrome (pid 4712) use browser profiles",),
        "kill 4711 4712",
    ),
    "a mistyped profile": Case(
        "profile", mistype, WARN, ("did somebody mean rescue?",), "remove ", ("openclaw:resuce",)
    ),
}  # fmt: skip


async def test_a_well_kept_host_passes_every_check(host: AuditedHost) -> None:
    outcome = await host.audit()
    assert outcome.wrong == {}
    assert outcome.report.drift == ()
    assert {item.check for item in outcome.report.items} == {check.name for check in CHECKS}
    assert not [item for item in outcome.report.items if item.remedy or not item.evidence]


def test_each_check_can_fail_and_says_what_it_is_about() -> None:
    assert {case.check for case in CASES.values()} == {check.name for check in CHECKS}
    assert all(check.explanation.endswith(".") and "\n" not in check.explanation for check in CHECKS)


@pytest.mark.parametrize("name", CASES)
async def test_each_way_to_spoil_it_is_found(host: AuditedHost, name: str) -> None:
    case = CASES[name]
    case.spoil(host)
    outcome = await host.audit()
    for instance in case.about:
        item = outcome.item(case.check, instance)
        assert (item.result, [part for part in case.evidence if part not in item.evidence]) == (case.result, []), item
        assert case.remedy in (item.remedy or ""), item


async def test_a_state_dir_for_the_users_own_group_is_the_users_alone(host: AuditedHost) -> None:
    with_group(USER, spoil=open_up(state_dir=0o770))(host)
    assert (await host.audit()).wrong == {}


@pytest.mark.parametrize(
    "name",
    [
        "a readable .env",
        "an open state dir",
        "a config under a legacy name",
        "a lock of the dead",
        "a lock without a start time",
    ],
)
async def test_a_command_can_be_pasted_whatever_the_paths_in_it(tmp_path: Path, name: str) -> None:
    odd = tmp_path / "a home; touch pasted"
    odd.mkdir()
    host, case = well_kept(FixedHost(odd)), CASES[name]
    case.spoil(host)
    remedy = (await host.audit()).item(case.check, RESCUE).remedy or ""
    assert f"{case.remedy}'{host.home}/" in remedy


async def test_a_service_of_an_odd_name_can_be_disabled_by_what_is_said(host: AuditedHost) -> None:
    host.serve(rescue(host), 19001, name="second; touch pasted.service")
    remedy = (await host.audit()).item("services", RESCUE).remedy or ""
    assert "disable --now 'second; touch pasted.service'" in remedy


async def test_ports_that_are_only_documented_are_in_nobodys_way(host: AuditedHost) -> None:
    """rescue's browser control would be main's base port; these versions never bind it."""
    set_both({"meta": {"lastTouchedVersion": "2026.5.28"}})(host)
    host.configure(rescue(host), {"gateway": {"port": 18787}, "browser": {"cdpPortRangeStart": 30000}})
    host.serve(rescue(host), 18787)
    outcome = await host.audit()
    assert {conflict.grade for conflict in outcome.snapshot.conflicts} == {Grade.RESERVED}
    assert outcome.wrong == {}


async def test_listeners_that_could_not_be_listed_prove_no_loopback(host: AuditedHost) -> None:
    host.fixed.sockets.sockets.clear()
    host.fixed.sockets.failure = "no list of sockets here"
    outcome = await host.audit()
    assert outcome.item("bind", MAIN).result is UNKNOWN
    assert outcome.item("bind", RESCUE).result is PASS, "it does not run"


async def test_ports_that_no_valid_config_tells_do_not_pass(host: AuditedHost) -> None:
    host.write(host.home / ".openclaw-dev" / "openclaw.json", "{")
    item = (await host.audit()).item("base port", "openclaw:dev")
    assert (item.result, item.evidence) == (
        UNKNOWN,
        "which ports it would take could not be told: the config is invalid",
    )


async def test_worse_comes_first(host: AuditedHost) -> None:
    for name in ("a readable .env", "one log for both", "an unreadable config"):
        CASES[name].spoil(host)
    results = [item.result for item in (await host.audit()).report.items]
    assert results == sorted(results, key=list(Result).index)
    assert results[0] is FAIL


async def test_a_check_that_breaks_is_unknown_and_hides_no_other(
    host: AuditedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("gateway_core.audit.exposure._openings", broken)
    outcome = await host.audit()
    assert outcome.wrong == {("bind", None): UNKNOWN}
    assert "RuntimeError: boom" in outcome.item("bind", None).evidence


def test_settings_are_merged() -> None:
    assert merged({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}, "d": 4}) == {"a": {"b": 1, "c": 3}, "d": 4}


async def test_an_open_state_dir_in_a_closed_home_lets_nobody_in(host: AuditedHost) -> None:
    open_up()(host)
    host.home.chmod(0o700)
    assert (await host.audit()).item("secret files", RESCUE).result is PASS


async def test_nobody_is_told_to_remove_a_directory_that_cannot_be_looked_at(host: AuditedHost) -> None:
    mistype(host)
    closed = host.home / ".openclaw-resuce" / "closed"
    closed.mkdir()
    with unlistable(closed):
        item = (await host.audit()).item("profile", "openclaw:resuce")
    assert f"but holds what cannot be looked at ({closed}: Permission denied)" in item.evidence
    assert "remove" not in (item.remedy or "")
