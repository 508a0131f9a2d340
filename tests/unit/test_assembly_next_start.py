"""A gateway that runs on one port and is set to another one: what its next start will take."""

import pytest

from claw_tui.instances.rows import InstanceRow, cdp
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.ports.claimants import claimant_of, derived_claims, relocated
from gateway_core.snapshot import Grade, Role, State
from tests.fixed_gateways import add_profile, fixed, look, run_gateway
from tests.fixed_host import FixedHost

__all__ = ["fixed"]


async def test_a_port_of_the_next_start_is_claimed_beside_those_that_are_held(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 19999)
    add_profile(fixed, "rescue", 18789)
    snapshot = await take_snapshot(fixed.host())
    running, stopped = (snapshot.instance(f"openclaw:{name}") for name in ("default", "rescue"))
    assert running is not None
    assert stopped is not None
    coming = {claim.role: (claim.start, claim.end) for claim in running.claims if claim.at_next_start}
    assert coming == {Role.GATEWAY: (18789, 18789), Role.EXTENSION_RELAY: (18792, 18799), Role.CDP: (18800, 18899)}
    (found,) = snapshot.conflicts
    assert (found.grade, found.ports.start, found.ports.end) == (Grade.POSSIBLE, 18789, 18789)
    assert found.why == (
        "openclaw:default's next base port 18789 and openclaw:rescue's base port 18789 are the same port"
        " (bases: openclaw:default 19999 and openclaw:rescue 18789)."
    )
    assert found.remedy == "move openclaw:rescue to base 19789: 19789–19899 is free"
    assert stopped.state is State.STOPPED, "it can start while the other one is elsewhere"


async def test_what_waits_for_a_next_start_hides_nothing_once_the_other_gateway_runs(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "a", 18791), 77, 30000)
    run_gateway(fixed, add_profile(fixed, "c", 18789), 78, 18789)
    fixed.listen(78, 18791)
    found = (await take_snapshot(fixed.host())).conflicts
    assert (Grade.OVERLAP, 18794, 18899) in [(one.grade, one.ports.start, one.ports.end) for one in found]


async def test_a_next_start_in_the_ephemeral_range_is_told_before_it_fails(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 40000), 77, 18789)
    (found,) = (await take_snapshot(fixed.host())).conflicts
    assert (found.grade, found.ports.start) == (Grade.EPHEMERAL, 40000)
    assert "next base port 40000" in found.why


async def test_a_setting_without_effect_is_told_at_the_port_that_is_used_now(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", None)
    config.write_text('{"gateway": {"mode": "local", "port": "abc"}}')
    (config.parent / ".env").write_text("OPENCLAW_GATEWAY_PORT=19789\n")
    run_gateway(fixed, config, 77, 18789)
    found = [one for one in (await take_snapshot(fixed.host())).conflicts if one.grade is Grade.INVALID]
    assert [(one.ports.start, one.ports.end) for one in found] == [(18789, 18789)]


async def test_what_a_gateway_holds_is_told_apart_from_its_next_start(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 19999)
    snapshot = await take_snapshot(fixed.host())
    (instance,) = snapshot.instances
    claimant = claimant_of(instance)
    assert {(claim.start, claim.end) for claim in derived_claims(claimant)} == {
        (claim.start, claim.end) for claim in instance.claims if claim.start >= 19999
    }
    assert min(claim.start for claim in relocated(claimant, 30000).claims) == 30000
    turned = instance.model_copy(update={"claims": instance.claims[::-1]})
    assert {cdp(InstanceRow(one, None, snapshot.taken_at)).text for one in (instance, turned)} == {"20010–20109"}


@pytest.mark.parametrize("live", [18800, 18790, 18779])
async def test_what_a_gateway_holds_never_conflicts_with_its_own_next_start(fixed: FixedHost, live: int) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, live)
    assert (await take_snapshot(fixed.host())).conflicts == ()


async def test_a_port_that_nobody_has_set_is_not_claimed_for_the_next_start(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", None), 77, 19999)
    assert not any(claim.at_next_start for claim in (await look(fixed))["openclaw:default"].claims)


async def test_a_stranger_on_the_port_of_the_next_start_is_a_squatter(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "default", 18789), 77, 19999)
    fixed.add_process(78, "python3")
    fixed.listen(78, 18789)
    snapshot = await take_snapshot(fixed.host())
    (found,) = snapshot.conflicts
    assert found.grade is Grade.SQUATTER
    assert "(next base port 18789)" in found.why
    assert snapshot.instances[0].state is State.RUNNING


async def test_two_that_would_meet_at_their_next_start_are_one_conflict(fixed: FixedHost) -> None:
    run_gateway(fixed, add_profile(fixed, "one", 18789), 77, 19999)
    run_gateway(fixed, add_profile(fixed, "two", 18789), 78, 20999)
    (found,) = (await take_snapshot(fixed.host())).conflicts
    assert (found.grade, found.ports.start) == (Grade.POSSIBLE, 18789)
    assert found.remedy is not None
