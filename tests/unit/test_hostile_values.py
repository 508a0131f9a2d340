"""Values that no gateway would have, wherever others may put one: each look ends well, and prints strict JSON."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from claw_tui.cli import documents
from gateway_core.audit.run import audit_host
from gateway_core.distributions.versions import version_key
from gateway_core.host import HttpAnswer
from gateway_core.lifecycle.staying_down import _seconds
from gateway_core.services.systemd import parse_time_span
from tests.audited_host import AuditedHost, well_kept
from tests.documents import strictly_parsed
from tests.fixed_host import FixedHost

NUMBER = "9" * 5000
PORT = 18789
Spoil = Callable[[AuditedHost], object]


def unit(line: str) -> Spoil:
    def spoil(host: AuditedHost) -> None:
        path = host.home / ".config/systemd/user/openclaw-gateway-rescue.service"
        path.write_text(f"{path.read_text()}{line}\n")

    return spoil


def reads_all_of_a_wide_tree(host: AuditedHost) -> None:
    directory = host.fixed.directory / "wide"
    directory.mkdir()
    for number in range(300):
        (directory / f"{number}").write_text(f"A{number}=b\n")
    for number in range(20):
        (directory / f"again{number}").symlink_to(directory)
    unit(f"EnvironmentFile=-{directory}/*/*/*/*/*/*")(host)


def answers(uptime: str) -> Spoil:
    body = f'{{"ready": true, "failing": [], "uptimeMs": {uptime}}}'

    def spoil(host: AuditedHost) -> None:
        host.fixed.http.answers[PORT, "/readyz"] = HttpAnswer(200, body.encode())

    return spoil


def locks(field: str) -> Spoil:
    def spoil(host: AuditedHost) -> None:
        path = host.lock(host.home / ".openclaw-main", 77, 770)
        path.write_text(path.read_text().replace("{", f"{{{field}, ", 1))

    return spoil


def configures(text: str) -> Spoil:
    return lambda host: host.write(host.home / ".openclaw-rescue" / "openclaw.json", text)


def package(version: str) -> Spoil:
    return lambda host: (host.program.parent / "package.json").write_text(
        f'{{"name": "openclaw", "version": {version}}}'
    )


def accounts(uid: str) -> Spoil:
    def spoil(host: AuditedHost) -> None:
        path = host.fixed.directory / "etc" / "passwd"
        path.write_text(f"{path.read_text()}bob:x:{uid}:{uid}::/home/bob:/bin/sh\n")

    return spoil


SPOILS: dict[str, Spoil] = {
    "user of many digits": unit(f"User={NUMBER}"),
    "user in other digits": unit("User=\u0663"),
    "user in superscript": unit("User=\u00b2"),
    "version of many digits": configures(json.dumps({"meta": {"lastTouchedVersion": f"2026.{NUMBER}.1"}})),
    "number as version": configures(f'{{"meta": {{"lastTouchedVersion": {NUMBER}}}}}'),
    "version of a service": unit(f"Environment=OPENCLAW_SERVICE_VERSION={NUMBER}"),
    "version of a package": package(f'"{NUMBER}"'),
    "number of a package": package(NUMBER),
    "uptime of many digits": answers("9" * 400),
    "uptime of all digits": answers(NUMBER),
    "uptime NaN": answers("NaN"),
    "uptime infinite": answers("1e999"),
    "uptime negative": answers("-1"),
    "uptime enormous": answers("1e300"),
    "uptime true": answers("true"),
    "nested answer": answers("[" * 5000),
    "pid of many digits": locks(f'"pid": {NUMBER}'),
    "pid beyond all pids": locks(f'"pid": {"9" * 20}'),
    "port beyond all ports": locks(f'"port": {"9" * 20}'),
    "nested lock": locks(f'"x": {"[" * 50_000}'),
    "uid of many digits": accounts(NUMBER),
    "uid in other digits": accounts("\u0663"),
    "everything as environment": reads_all_of_a_wide_tree,
}


@pytest.mark.parametrize("kind", SPOILS)
@pytest.mark.timeout(60)
async def test_no_value_ends_a_look(tmp_path: Path, kind: str) -> None:
    host = well_kept(FixedHost(tmp_path))
    host.answer(PORT, "2026.9.6")
    SPOILS[kind](host)

    snapshot, report = await audit_host(host.fixed.host())

    assert {item.id for item in snapshot.instances} >= {"openclaw:main", "openclaw:rescue"}
    for document in (
        documents.instances_document(snapshot),
        documents.audit_document(snapshot, report),
        documents.ports_document(snapshot),
    ):
        strictly_parsed(documents.render(document))


def test_a_document_with_a_number_that_json_cannot_say_is_not_printed() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        documents.render({"seconds": float("nan")})


def test_versions_of_any_length_can_be_compared() -> None:
    assert version_key(NUMBER) > version_key("2026.1.1")
    assert version_key("2026.1.24-3") == (2026, 1, 24, 3)


@pytest.mark.parametrize("text", ["infinity", f"{NUMBER}s", f"{'9' * 400}w"])
def test_spans_of_time_that_no_clock_can_say_are_not_known(text: str) -> None:
    assert parse_time_span(text) is None


@pytest.mark.parametrize("text", ["infinity", "inf", "nan", f"{NUMBER}d", "-1"])
def test_a_sleep_that_never_ends_is_no_pause(text: str) -> None:
    assert _seconds(text) is None
    assert _seconds("1.5m") == 90
