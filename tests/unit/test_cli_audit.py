"""`claw-tui audit` as a user or a script meets it: text, document and exit code."""

import json
from pathlib import Path
from typing import Protocol

import pytest

from claw_tui.cli.main import run
from claw_tui.hosts.local import local_gateway_host
from tests.audited_host import AuditedHost, well_kept
from tests.fixed_host import FixedHost


class Audit(Protocol):
    """Run `audit` with these arguments: exit code, stdout, stderr."""

    def __call__(self, *arguments: str) -> tuple[int, str, str]: ...


@pytest.fixture
def host(tmp_path: Path) -> AuditedHost:
    return well_kept(FixedHost(tmp_path))


@pytest.fixture
def audit(host: AuditedHost, capsys: pytest.CaptureFixture[str]) -> Audit:
    """No secret may be in what it says."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["audit", *arguments], local_gateway_host(host.fixed.host))
        captured = capsys.readouterr()
        assert not [secret for secret in host.secrets if secret in captured.out + captured.err]
        return code, captured.out, captured.err

    return call


def share_a_bot(host: AuditedHost) -> None:
    token = host.secret()
    for profile in ("main", "rescue"):
        host.configure(host.home / f".openclaw-{profile}", {"channels": {"telegram": {"botToken": token}}})


def test_all_is_well_in_one_line(audit: Audit) -> None:
    code, out, err = audit()
    assert (code, err) == (0, "")
    assert out.splitlines() == ["3 instances: 57 pass. Nothing to do."]


def test_all_shows_what_passed(audit: Audit) -> None:
    code, out, _ = audit("--all")
    assert code == 0
    assert out.count("● pass") == 57
    assert "openclaw:main\n● pass" in out


def test_what_fails_is_told_for_each_instance_with_a_remedy(host: AuditedHost, audit: Audit) -> None:
    share_a_bot(host)
    code, out, _ = audit()
    assert code == 1
    assert out.startswith("3 instances: 2 fail, 55 pass\n\nResult  Instance")
    assert "■ fail  openclaw:main        19  channel accounts\n" in out
    assert (
        "\n\nopenclaw:main, openclaw:rescue\n■ fail     channel accounts  what channels.telegram.botToken says" in out
    )
    assert out.count("→ give openclaw:") == 2
    assert "No two gateways log in as the same bot" in out


def test_a_warning_is_no_failure(host: AuditedHost, audit: Audit) -> None:
    (host.fixed.directory / "var/lib/systemd/linger/ada").unlink()
    code, out, _ = audit()
    assert code == 0
    assert "! warn     linger" in out
    assert "loginctl enable-linger ada" in out


def test_what_could_not_be_told_has_an_exit_code_of_its_own(host: AuditedHost, audit: Audit) -> None:
    host.write(host.home / ".openclaw-rescue" / "openclaw.json", "{")
    code, out, _ = audit()
    assert code == 3
    assert "? unknown  bind" in out


def test_failing_is_worse_than_not_knowing(host: AuditedHost, audit: Audit) -> None:
    host.write(host.home / ".openclaw-rescue" / "openclaw.json", "{", mode=0o604)
    (host.home / ".openclaw-rescue").chmod(0o755)
    assert audit()[0] == 1


def test_drift_is_shown_side_by_side_and_is_no_failure(host: AuditedHost, audit: Audit) -> None:
    host.configure(host.home / ".openclaw-rescue", {"gateway": {"port": 19101}})
    code, out, _ = audit()
    assert code == 0
    assert "1 value drifted" in out
    assert "≠ drift    base port  configured 19101, service 19001, live –" in out


def test_only_what_was_asked_for_counts(host: AuditedHost, audit: Audit) -> None:
    (host.home / ".openclaw-rescue").chmod(0o755)
    host.write(host.home / ".openclaw-rescue" / ".env", host.secret(), mode=0o644)
    assert audit("main")[:2] == (0, "1 instance: 20 pass. Nothing to do.\n")
    code, out, _ = audit("rescue", "openclaw:main", "rescue")
    assert code == 1
    assert out.startswith("2 instances: 1 fail")


def test_the_document(host: AuditedHost, audit: Audit) -> None:
    share_a_bot(host)
    host.configure(host.home / ".openclaw-rescue", {"gateway": {"port": 19101}})
    host.lock(host.home / ".openclaw-rescue", 4242, 8, config="/gone.json")
    code, out, _ = audit("--json")
    document = json.loads(out)
    assert code == 1
    assert (document["schema"], set(document)) == (
        1,
        {"schema", "taken_at", "host", "items", "drift", "problems"},
    )
    assert {tuple(item) for item in document["items"]} == {
        ("instance", "check", "result", "evidence", "remedy", "command", "shared", "shared_with")
    }
    assert {item["result"] for item in document["items"]} == {"fail", "warn", "pass"}
    assert [item["check"] for item in document["items"] if item["instance"] is None] == ["locks"]
    (drift,) = document["drift"]
    assert drift.pop("command") == "openclaw --profile rescue gateway install --force"
    assert drift.pop("remedy")
    assert drift == {
        "instance": "openclaw:rescue", "what": "base port", "configured": 19101, "service": 19001, "live": None
    }  # fmt: skip


def test_an_unknown_id_is_bad_usage(audit: Audit) -> None:
    code, out, err = audit("nobody")
    assert (code, out) == (2, "")
    assert "no instance" in err
