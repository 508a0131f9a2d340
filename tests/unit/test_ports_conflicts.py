"""The conflicts that users really meet, as pure input and output of the engine."""

from dataclasses import replace

from gateway_core.config.model import BrowserProfile, GatewaySettings
from gateway_core.host import PortLimits
from gateway_core.ports.claimants import BrokenOverride, Claimant, HostPorts
from gateway_core.ports.conflicts import conflict_id, diagnose, find_conflicts
from gateway_core.snapshot import Conflict, Grade, InstanceParty, Listener, ProcessParty, Role
from tests.claimants import claimant, listener, pinning
from tests.remedies import applied

LIMITS = PortLimits()
MAIN = claimant("openclaw:default", 18789)


def conflicts(*claimants: Claimant, listeners: tuple[Listener, ...] = ()) -> tuple[Conflict, ...]:
    """All conflicts, after checking that each remedy ends its conflict and causes none."""
    ports = HostPorts(claimants, listeners, LIMITS)
    found = diagnose(ports)
    before = {diagnosis.conflict.id for diagnosis in found}
    for diagnosis in found:
        for remedy in diagnosis.remedies:
            after = {conflict.id for conflict in find_conflicts(applied(remedy, ports))}
            assert after < before, remedy
            assert diagnosis.conflict.id not in after
    return tuple(diagnosis.conflict for diagnosis in found)


def grades(*claimants: Claimant, listeners: tuple[Listener, ...] = ()) -> list[Grade]:
    return [conflict.grade for conflict in conflicts(*claimants, listeners=listeners)]


def test_a_name_that_is_no_utf8_has_an_id_of_its_own() -> None:
    assert conflict_id(("port", "caf\udce9")) != conflict_id(("port", "caf\udce8"))


def instances(conflict: Conflict) -> list[tuple[str, Role]]:
    return [(party.instance, party.role) for party in conflict.parties if isinstance(party, InstanceParty)]


def processes(conflict: Conflict) -> list[tuple[int | None, str | None]]:
    return [(p.process.pid, p.process.instance) for p in conflict.parties if isinstance(p, ProcessParty)]


def span(conflict: Conflict) -> tuple[int, int]:
    return conflict.ports.start, conflict.ports.end


class TestTwoInstances:
    def test_the_vendors_rescue_port_is_clean(self) -> None:
        assert conflicts(MAIN, claimant("openclaw:rescue", 19001)) == ()

    def test_twenty_apart_is_one_possible_and_one_overlap(self) -> None:
        possible, overlap = conflicts(MAIN, claimant("openclaw:rescue", 18809))
        assert (possible.grade, span(possible)) == (Grade.POSSIBLE, (18809, 18809))
        assert instances(possible) == [("openclaw:default", Role.CDP), ("openclaw:rescue", Role.GATEWAY)]
        assert (overlap.grade, span(overlap)) == (Grade.OVERLAP, (18812, 18899))
        assert overlap.remedy == "move openclaw:rescue to base 19789: 19789–19899 is free"

    def test_the_same_base_is_one_conflict_that_mentions_the_derived_ports(self) -> None:
        (conflict,) = conflicts(MAIN, claimant("openclaw:rescue", 18789))
        assert (conflict.grade, span(conflict)) == (Grade.CERTAIN, (18789, 18789))
        assert "18899" in conflict.why

    def test_the_same_base_becomes_active_under_the_same_id_once_one_runs(self) -> None:
        rescue = claimant("openclaw:rescue", 18789)
        (before,) = conflicts(MAIN, rescue)
        running = claimant("openclaw:default", 18789, live=True)
        own = listener(18789, 7, "openclaw-gateway", instance="openclaw:default")
        (now,) = conflicts(running, rescue, listeners=(own,))
        assert (now.grade, now.id) == (Grade.ACTIVE, before.id)
        assert instances(now) == [("openclaw:default", Role.GATEWAY), ("openclaw:rescue", Role.GATEWAY)]
        assert processes(now) == [(7, "openclaw:default")]
        assert now.remedy == "move openclaw:rescue to base 19789: 19789–19899 is free"

    def test_three_leftovers_on_one_base_are_one_conflict(self) -> None:
        leftovers = [claimant("clawdbot:default", 18789, "2026.1.24"), claimant("moltbot:default", 18789, "2026.1.27")]
        (conflict,) = conflicts(MAIN, *leftovers)
        assert conflict.grade is Grade.CERTAIN
        assert len(instances(conflict)) == 3
        assert conflict.remedy is not None
        assert "(19789–19899 is free) and" in conflict.remedy

    def test_a_clawdbot_inside_an_openclaw_browser_range(self) -> None:
        clawdbot = claimant("clawdbot:cb", 18889, "2026.1.24", live=True)
        held = listener(18889, 9, "clawdbot-gateway", instance="clawdbot:cb")
        (conflict,) = conflicts(MAIN, clawdbot, listeners=(held,))
        assert (conflict.grade, span(conflict)) == (Grade.POSSIBLE, (18889, 18892))
        assert "18889" in conflict.why
        assert "18789" in conflict.why

    def test_hashed_bases_of_main_and_rescue(self) -> None:
        found = conflicts(claimant("openclaw:main", 23592), claimant("openclaw:rescue", 23532))
        assert [conflict.grade for conflict in found] == [Grade.POSSIBLE, Grade.OVERLAP]

    def test_a_documented_port_on_a_bound_one_is_only_reserved(self) -> None:
        one, other = (
            replace(of, claims=of.claims[:2]) for of in (claimant("openclaw:a", 18789), claimant("openclaw:b", 18791))
        )
        (conflict,) = conflicts(one, other)
        assert (conflict.grade, span(conflict)) == (Grade.RESERVED, (18791, 18791))

    def test_next_to_anything_worse_a_documented_port_is_not_told(self) -> None:
        assert grades(claimant("openclaw:a", 18789), claimant("openclaw:b", 18791)) == [Grade.OVERLAP]

    def test_a_hundred_profiles_on_the_default_port_are_one_conflict_without_a_remedy(self) -> None:
        (conflict,) = conflicts(*(claimant(f"omniclaw:p{number}", 18789) for number in range(100)))
        assert len(instances(conflict)) == 100
        assert conflict.remedy is None
        assert "95 more" in conflict.why

    def test_addresses_keep_instances_apart(self) -> None:
        lan = GatewaySettings(bind="custom", custom_bind_host="192.0.2.1")
        everywhere = GatewaySettings(bind="lan")
        assert Grade.CERTAIN not in grades(MAIN, claimant("openclaw:lan", 18789, settings=lan))
        assert Grade.CERTAIN in grades(MAIN, claimant("openclaw:lan", 18789, settings=everywhere))


class TestPinnedPorts:
    def test_the_same_pinned_browser_port(self) -> None:
        (conflict,) = conflicts(
            claimant("openclaw:a", 18789, settings=pinning(9222)),
            claimant("openclaw:b", 19789, settings=GatewaySettings(browser_cdp_port=9222)),
        )
        assert conflict.grade is Grade.POSSIBLE
        assert conflict.remedy == "set browser.cdpUrl of openclaw:b to port 19801, which nobody else claims"

    def test_a_pin_inside_anothers_range_is_repinned(self) -> None:
        (conflict,) = conflicts(MAIN, claimant("openclaw:b", 19789, settings=pinning(18805)))
        assert (conflict.grade, span(conflict)) == (Grade.OVERLAP, (18805, 18805))
        assert conflict.remedy is not None
        assert conflict.remedy.startswith("set browser.profiles.work.cdpPort of openclaw:b")

    def test_a_pin_on_the_own_relay(self) -> None:
        (conflict,) = conflicts(claimant("clawdbot:a", 18789, "2026.1.24", settings=pinning(18792)))
        assert (conflict.grade, span(conflict)) == (Grade.POSSIBLE, (18792, 18792))

    def test_a_pin_in_the_own_range_is_no_conflict(self) -> None:
        assert conflicts(claimant("openclaw:a", 18789, settings=pinning(18805))) == ()

    def test_remote_chrome_claims_nothing(self) -> None:
        remote = GatewaySettings(browser_profiles=(BrowserProfile("far", cdp_port=18803, remote=True),))
        assert conflicts(claimant("openclaw:a", 18789, settings=remote), claimant("openclaw:b", 19789)) == ()

    def test_a_browser_to_attach_to_is_no_squatter(self) -> None:
        attached = claimant("openclaw:a", 18789, settings=GatewaySettings(browser_cdp_port=9222))
        assert conflicts(attached, listeners=(listener(9222, 5, "chromium"),)) == ()
        assert grades(attached, listeners=(listener(9222, 5, "python3"),)) == [Grade.SQUATTER]

    def test_nor_is_it_in_the_own_range(self) -> None:
        browser = BrowserProfile("user", cdp_port=18805, driver="existing-session")
        attaching = claimant("openclaw:a", 18789, settings=GatewaySettings(browser_profiles=(browser,)))
        theirs = listener(18805, 5, "chrome")
        assert conflicts(attaching, listeners=(theirs,)) == ()
        assert grades(attaching, listeners=(listener(18806, 5, "chrome"),)) == [Grade.SQUATTER]
        both = (attaching, claimant("openclaw:b", 18789))
        squatted = [conflict for conflict in conflicts(*both, listeners=(theirs,)) if conflict.grade is Grade.SQUATTER]
        assert {instance for conflict in squatted for instance, _ in instances(conflict)} == {"openclaw:b"}


class TestListeners:
    def test_a_web_server_on_browser_control_is_a_squatter_with_pid_and_command(self) -> None:
        (conflict,) = conflicts(MAIN, listeners=(listener(18791, 77),))
        assert (conflict.grade, span(conflict)) == (Grade.SQUATTER, (18791, 18791))
        (party,) = [party for party in conflict.parties if isinstance(party, ProcessParty)]
        assert (party.process.pid, party.process.command) == (77, "python3 -m something")
        assert conflict.remedy == ("stop python3 (pid 77), or move openclaw:default to base 19789: 19789–19899 is free")

    def test_an_outsider_on_the_base_port_is_active(self) -> None:
        assert grades(MAIN, listeners=(listener(18789, 77, addresses=("0.0.0.0",)),)) == [Grade.ACTIVE]

    def test_an_outsider_on_another_address_is_none(self) -> None:
        assert conflicts(MAIN, listeners=(listener(18789, 77, addresses=("192.0.2.1",)),)) == ()

    def test_each_squatter_in_a_range_is_one_conflict(self) -> None:
        squatters = (listener(18805, 77), listener(18850, 78))
        assert grades(MAIN, listeners=squatters) == [Grade.SQUATTER, Grade.SQUATTER]

    def test_an_unseen_owner_is_never_taken_for_free(self) -> None:
        (conflict,) = conflicts(MAIN, listeners=(listener(18789, None),))
        assert conflict.grade is Grade.ACTIVE
        assert "could not tell" in conflict.why
        assert processes(conflict) == [(None, None)]

    def test_an_unseen_owner_that_is_proven_to_be_the_instance(self) -> None:
        proven = claimant("openclaw:default", 18789, live=True, proven_ports=(18789,))
        assert conflicts(proven, listeners=(listener(18789, None),)) == ()

    def test_own_processes_never_conflict(self) -> None:
        everywhere = GatewaySettings(bind="lan")
        running = claimant("openclaw:default", 18789, settings=everywhere, live=True)
        bound = ((18789, 7, ("0.0.0.0", "::")), (18800, 8, ("127.0.0.1",)))
        own = tuple(listener(port, pid, addresses=on, instance="openclaw:default") for port, pid, on in bound)
        assert conflicts(running, listeners=own) == ()

    def test_a_relatives_chrome_on_the_base_port_is_named_as_whose_it_is(self) -> None:
        chrome = listener(18829, 50, "chrome", instance="openclaw:default")
        found = conflicts(MAIN, claimant("openclaw:rescue", 18829), listeners=(chrome,))
        assert [conflict.grade for conflict in found] == [Grade.ACTIVE, Grade.OVERLAP]
        assert processes(found[0]) == [(50, "openclaw:default")]
        assert "openclaw:default's chrome (pid 50)" in found[0].why

    def test_the_one_in_the_wrong_place_moves_if_the_other_is_the_default(self) -> None:
        main = claimant("openclaw:default", 18789, live=True)
        rescue = claimant("openclaw:rescue", 19001, live=True)
        stray = listener(18789, 50, "chrome", instance="openclaw:rescue")
        (conflict,) = conflicts(main, rescue, listeners=(stray,))
        assert conflict.grade is Grade.ACTIVE
        assert conflict.remedy == "move openclaw:rescue to base 19789: 19789–19899 is free"

    def test_a_relative_that_runs_off_its_configured_port(self) -> None:
        stray = listener(18805, 50, "openclaw-gateway", instance="openclaw:rescue")
        (conflict,) = conflicts(MAIN, claimant("openclaw:rescue", 19001), listeners=(stray,))
        assert conflict.grade is Grade.POSSIBLE
        assert processes(conflict) == [(50, "openclaw:rescue")]

    def test_ten_well_spaced_running_instances_have_none(self) -> None:
        bases = range(18789, 18789 + 10 * 200, 200)
        running = [claimant(f"openclaw:p{base}", base, live=True) for base in bases]
        sockets = [listener(p, b, "openclaw-gateway", instance=f"openclaw:p{b}") for b in bases for p in (b, b + 11)]
        assert conflicts(*running, listeners=tuple(sockets)) == ()


class TestLimits:
    def test_a_base_whose_range_leaves_the_port_numbers(self) -> None:
        (conflict,) = conflicts(claimant("openclaw:x", 65500))
        assert (conflict.grade, span(conflict)) == (Grade.INVALID, (65511, 65610))

    def test_its_fallback_constants_meet_the_main_instance(self) -> None:
        assert grades(MAIN, claimant("openclaw:x", 65500)) == [Grade.OVERLAP, Grade.INVALID]

    def test_a_base_in_the_ephemeral_range(self) -> None:
        (conflict,) = conflicts(claimant("openclaw:x", 40000))
        assert (conflict.grade, span(conflict)) == (Grade.EPHEMERAL, (40000, 40000))

    def test_a_privileged_base_unless_it_runs(self) -> None:
        assert grades(claimant("openclaw:x", 443)) == [Grade.INVALID]
        assert grades(claimant("openclaw:x", 443, live=True)) == []

    def test_an_override_that_pushes_ports_out_of_range(self) -> None:
        settings = GatewaySettings(browser_control_port=65500)
        (conflict,) = conflicts(claimant("clawdbot:x", 18789, "2026.1.24", settings=settings))
        assert (conflict.grade, span(conflict)) == (Grade.INVALID, (65509, 65608))
        assert "browser.controlUrl" in conflict.why

    def test_an_override_that_is_no_port(self) -> None:
        broken = Claimant(
            "openclaw:x", 18789, MAIN.claims, broken_overrides=(BrokenOverride("gateway.port", Role.GATEWAY),)
        )
        (conflict,) = conflicts(broken)
        assert conflict.grade is Grade.INVALID
        assert conflict.remedy == "set gateway.port of openclaw:x to a port number, or remove it"
