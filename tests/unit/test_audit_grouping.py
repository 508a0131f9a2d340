"""What several gateways share is one matter of the audit: told once, with all their names."""

import json
from pathlib import Path

import pytest

from claw_tui.audit.text import sections, tab_sections, verdicts
from claw_tui.cli.main import run
from claw_tui.hosts.local import local_gateway_host
from gateway_core.audit.model import AuditItem, AuditReport, Result
from tests.audited_host import AuditedHost, well_kept
from tests.fixed_host import FixedHost
from tests.snapshots import NOW

NAMES = ("alpha", "beta", "gamma", "delta")


@pytest.fixture
def host(tmp_path: Path) -> AuditedHost:
    """Four gateways that share a workspace, a log and a bot, beside some that share nothing."""
    host = well_kept(FixedHost(tmp_path))
    token = host.secret()
    for number, name in enumerate(NAMES):
        host.add(
            name,
            30_000 + number * 200,
            agents={"defaults": {"workspace": "~/work"}},
            logging={"file": "~/all.log"},
            channels={"telegram": {"botToken": token}},
        )
    return host


def audit(host: AuditedHost, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    run(["audit", *arguments], local_gateway_host(host.fixed.host))
    return capsys.readouterr().out


def test_what_they_share_is_told_once_with_all_their_names(
    host: AuditedHost, capsys: pytest.CaptureFixture[str]
) -> None:
    out = audit(host, capsys)
    assert out.count("■ fail     workspace") == 1
    assert out.count(f"the workspace {host.home}/work is the same for all of them") == 1
    assert out.count(f"the log {host.home}/all.log is the same for all of them") == 1
    assert "what channels.telegram.botToken says is the same for all of them" in out
    assert "4 gateways\n           openclaw:alpha, openclaw:beta, openclaw:delta, openclaw:gamma\n" in out
    assert "and so on; claw-tui audit openclaw:alpha names that of one" in out
    assert len(out.splitlines()) < 50


def test_of_one_of_them_the_others_are_named_in_one_sentence(
    host: AuditedHost, capsys: pytest.CaptureFixture[str]
) -> None:
    out = audit(host, capsys, "alpha")
    assert "/work is also that of openclaw:beta, openclaw:delta and openclaw:gamma\n" in out
    assert "/all.log is also written by openclaw:beta, openclaw:delta and openclaw:gamma\n" in out
    assert "is the same as channels.telegram.botToken of openclaw:beta, openclaw:delta and openclaw:gamma\n" in out


def test_the_overview_has_a_line_for_each_the_worst_first(
    host: AuditedHost, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = audit(host, capsys).splitlines()[2:10]
    assert lines[0].split() == ["Result", "Instance", "Passed", "To", "look", "after"]
    assert [line.split()[2] for line in lines[1:5]] == [f"openclaw:{name}" for name in sorted(NAMES)]
    assert all(line.endswith("workspace, channel accounts, log file") for line in lines[1:5])
    assert all(line.endswith("–") for line in lines[5:8])


def test_the_document_says_who_shares_it(host: AuditedHost, capsys: pytest.CaptureFixture[str]) -> None:
    items = json.loads(audit(host, capsys, "--json"))["items"]
    found = {item["instance"]: item for item in items if item["check"] == "workspace" and item["result"] == "fail"}
    assert found["openclaw:alpha"]["shared"] == f"the workspace {host.home}/work"
    assert found["openclaw:alpha"]["shared_with"] == ["openclaw:beta", "openclaw:delta", "openclaw:gamma"]
    passed = next(item for item in items if item["result"] == "pass")
    assert (passed["shared"], passed["shared_with"]) == (None, [])


def item(instance: str | None, result: Result = Result.WARN, evidence: str = "so it is", **more: object) -> AuditItem:
    made = AuditItem(instance=instance, check="derived ports", result=result, evidence=evidence, remedy="move it")
    return made.model_copy(update=more)


def test_only_what_is_the_same_is_one_matter() -> None:
    def titles(*items: AuditItem) -> list[str]:
        return [section.title for section in sections(AuditReport(items=items), ["a", "b", "c"], every=True)]

    assert titles(item("a"), item("b")) == ["a, b"]
    assert titles(item("a"), item("b", evidence="otherwise")) == ["a", "b"]
    assert titles(item("a"), item("b", command="run it")) == ["a", "b"]
    assert titles(item("a", Result.PASS), item("b", Result.PASS)) == ["a", "b"]
    assert titles(item(None), item("c"), item("a", Result.FAIL)) == ["a", "c", "this host"]
    assert titles(item("elsewhere")) == []
    pair, other = item("a", shared="the log", shared_with=("b",)), item("c", shared="the log", shared_with=("x",))
    assert titles(pair, other) == ["a", "c"]


def test_a_tab_says_of_when_it_is() -> None:
    report = AuditReport(items=(item("a"), item("a", Result.PASS, "all is well")), at=NOW)
    head, wanting, fine = tab_sections(report, "a")
    assert head.facts[0].pieces[-1].text == f"as of {NOW.astimezone():%H:%M:%S}"
    assert wanting.facts[0].label == "! warn"
    assert (fine.facts[0].label, fine.facts[0].pieces[0].text) == ("derived ports", "all is well")
    assert [(one.instance, one.passed) for one in verdicts(report, ["b", "a"])] == [("a", 1), ("b", 0)]
