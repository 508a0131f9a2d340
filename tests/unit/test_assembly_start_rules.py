"""What a version makes of its command line and its config when it starts: the port, the address, a refusal."""

import pytest

from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Grade, Source, State
from tests.fixed_gateways import add_profile, fixed
from tests.fixed_host import FixedHost

__all__ = ["fixed"]


def add_unit(fixed: FixedHost, product: str, version: str, arguments: str, *more: str, suffix: str = "") -> None:
    units = fixed.home / ".config" / "systemd" / "user"
    units.mkdir(parents=True, exist_ok=True)
    lines = ("[Service]", f"ExecStart=/usr/bin/{product} {arguments}", f"Environment=HOME={fixed.home}", *more)
    (units / f"{product}-gateway{suffix}.service").write_text("\n".join(lines) + "\n")
    add_profile(fixed, suffix.removeprefix("-") or "default", 18789, product, version)


@pytest.mark.parametrize(
    ("product", "version", "arguments", "more", "expected"),
    [
        ("openclaw", "2026.2.6-3", "gateway run --port 19001 --bind loopback", (), (18789, Source.CONFIG)),
        ("openclaw", "2026.2.6-3", "gateway --port 19001 run", (), (18789, Source.CONFIG)),
        ("openclaw", "2026.2.6-3", "gateway --port 19001", (), (19001, Source.SERVICE)),
        ("openclaw", "2026.5.28", "gateway run --port 19001", (), (19001, Source.SERVICE)),
        ("openclaw", "2026.9.6", "gateway run --port=19001", (), (19001, Source.SERVICE)),
        ("clawdbot", "2026.1.24", "gateway run --port=19001", (), (18789, Source.CONFIG)),
        ("omniclaw", "2026.2.14", "gateway run --port 19001", (), (18789, Source.CONFIG)),
        (
            "clawdbot",
            "2026.1.24",
            "gateway run --port 19001",
            ("Environment=CLAWDBOT_GATEWAY_PORT=19500",),
            (19500, Source.SERVICE),
        ),
    ],
)
async def test_the_port_behind_gateway_run_counts_where_the_version_takes_it(
    fixed: FixedHost,
    product: str,
    version: str,
    arguments: str,
    more: tuple[str, ...],
    expected: tuple[int, Source],
) -> None:
    add_unit(fixed, product, version, arguments, *more)
    snapshot = await take_snapshot(fixed.host())
    (instance,) = snapshot.instances
    assert instance.base_port is not None
    assert (instance.base_port.value, instance.base_port.source) == expected
    assert snapshot.problems == ()


async def test_an_ignored_port_hides_no_collision(fixed: FixedHost) -> None:
    add_unit(fixed, "openclaw", "2026.2.6", "gateway run --port 19001")
    add_profile(fixed, "rescue", 18789, "openclaw", "2026.2.6")
    grades = {conflict.grade for conflict in (await take_snapshot(fixed.host())).conflicts}
    assert Grade.CERTAIN in grades


@pytest.mark.parametrize(("product", "version"), [("openclaw", "2026.3.13"), ("mazelclaw", "2026.3.2")])
async def test_what_nobody_has_tried_is_said_to_be_unknown(fixed: FixedHost, product: str, version: str) -> None:
    add_unit(fixed, product, version, "gateway run --port 19001")
    snapshot = await take_snapshot(fixed.host())
    (problem,) = snapshot.problems
    assert problem.where == f"{product}-gateway.service"
    assert "Could not tell whether" in problem.message
    assert snapshot.instances[0].base_port is not None
    assert snapshot.instances[0].base_port.value == 19001


async def test_a_refusal_to_start_is_told_as_the_reason(fixed: FixedHost) -> None:
    add_profile(fixed, "a", 24000, version="2026.2.6", bind="0.0.0.0")
    add_profile(fixed, "b", 25000, version="2026.9.6", bind="0.0.0.0")
    add_profile(fixed, "c", 26000, version="2026.2.6", bind="lan", tailscale={"mode": "serve"})
    add_profile(fixed, "d", 27000, version="2026.4.15", bind="lan", tailscale={"mode": "serve"})
    found = {item.id: item for item in (await take_snapshot(fixed.host())).instances}
    states = {name.removeprefix("openclaw:"): item.state for name, item in found.items()}
    assert states == {"a": State.BLOCKED, "b": State.STOPPED, "c": State.BLOCKED, "d": State.STOPPED}
    assert "Set it to lan" in found["openclaw:a"].reason
    assert "gateway.tailscale.mode" in found["openclaw:c"].reason
    assert found["openclaw:b"].claims[0].address == "0.0.0.0"


async def test_two_broken_configs_collide_on_the_ports_that_they_still_tell(fixed: FixedHost) -> None:
    for name in ("a", "b"):
        config = add_profile(fixed, name, 24000)
        config.write_text(config.read_text() + "}")
    snapshot = await take_snapshot(fixed.host())
    assert [item.base_port and item.base_port.value for item in snapshot.instances] == [24000, 24000]
    assert {item.state for item in snapshot.instances} == {State.BLOCKED}
    assert Grade.CERTAIN in {conflict.grade for conflict in snapshot.conflicts}
    assert snapshot.problems == ()


async def test_two_configs_that_tell_nothing_are_in_no_conflict(fixed: FixedHost) -> None:
    for name, product in (("default", "openclaw"), ("default", "clawdbot")):
        add_profile(fixed, name, 24000, product).write_text('{"gateway": {"port": 24000')
    snapshot = await take_snapshot(fixed.host())
    assert len(snapshot.instances) == len(snapshot.problems) == 2
    assert snapshot.conflicts == ()
