"""Bases that a person would choose, with nothing in their blocks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.distributions.model import profile_hash_port
from gateway_core.host import PortLimits
from gateway_core.ports.claimants import Claimant, HostPorts, relocated
from gateway_core.ports.conflicts import diagnose
from gateway_core.ports.free_blocks import FreeBlock, NoFreeBlock, free_base
from tests.claimants import DISTRIBUTIONS, claimant, listener, pinning

LIMITS = PortLimits()
MAIN = claimant("openclaw:default", 18789)


def test_the_default_base_on_an_empty_host() -> None:
    assert free_base(HostPorts([], [], LIMITS)) == FreeBlock(18789, 18899)


def test_beside_a_main_instance_it_is_a_completely_different_base() -> None:
    assert free_base(HostPorts([MAIN], [], LIMITS)) == FreeBlock(19789, 19899)


def test_then_the_next_preferred_one() -> None:
    assert free_base(HostPorts([MAIN, claimant("openclaw:rescue", 19789)], [], LIMITS)) == FreeBlock(19989, 20099)


def test_a_listener_in_the_block_rules_it_out_on_whatever_address() -> None:
    elsewhere = listener(19850, 77, addresses=("192.0.2.1",))
    assert free_base(HostPorts([MAIN], [elsewhere], LIMITS)) == FreeBlock(19989, 20099)


def test_a_pinned_port_in_the_block_rules_it_out() -> None:
    main = claimant("openclaw:default", 18789, settings=pinning(19800))
    assert free_base(HostPorts([main], [], LIMITS)) == FreeBlock(19989, 20099)


def test_the_ports_that_an_instance_is_guessed_to_take_are_not_given_to_another() -> None:
    unsure = replace(claimant("openclaw:rescue", 19789), ports_unknown=True)
    assert free_base(HostPorts([MAIN, unsure], [], LIMITS)) == FreeBlock(19989, 20099)
    near = claimant("openclaw:near", 18795)
    (diagnosis, *_) = diagnose(HostPorts([MAIN, unsure, near], [], LIMITS))
    assert diagnosis.conflict.remedy == "move openclaw:near to base 19989: 19989–20099 is free as far as could be told"


def test_spacing_is_the_least_distance_to_every_base() -> None:
    found = free_base(HostPorts([MAIN, claimant("openclaw:rescue", 19001)], [], LIMITS), spacing=2000)
    assert found == FreeBlock(21189, 21299)


def test_a_preferred_base_is_taken_if_its_block_is_free() -> None:
    assert free_base(HostPorts([MAIN], [], LIMITS), prefer=30000) == FreeBlock(30000, 30110)
    assert free_base(HostPorts([MAIN], [], LIMITS), prefer=40000) == FreeBlock(19789, 19899)


def test_without_room_it_says_why() -> None:
    cramped = PortLimits(ephemeral_start=1100, ephemeral_end=65535)
    assert free_base(HostPorts([], [], cramped)) == NoFreeBlock(
        "No base port has 111 free ports from it on: the longest free run is 1024–1099 (76 ports)."
    )


def test_with_every_port_taken_it_says_so() -> None:
    full = PortLimits(ephemeral_start=1, ephemeral_end=65535)
    found = free_base(HostPorts([], [], full), spacing=5)
    assert found == NoFreeBlock(
        "No base port at least 5 away from every other base has 111 free ports from it on: all are taken."
    )


def test_when_no_preferred_base_is_left_any_block_will_do() -> None:
    tight = PortLimits(ephemeral_start=1023 + 111, ephemeral_end=65535, first_unprivileged=1023)
    assert free_base(HostPorts([], [], tight)) == FreeBlock(1023, 1133)


@given(st.lists(st.integers(1024, 65000), max_size=60), st.lists(st.integers(1, 65535), max_size=60))
def test_nothing_of_the_block_is_taken(bases: list[int], ports: list[int]) -> None:
    claimants = [claimant(f"openclaw:p{number}", base) for number, base in enumerate(bases)]
    listeners = [listener(port, 77) for port in ports]
    found = free_base(HostPorts(claimants, listeners, LIMITS))
    assert isinstance(found, FreeBlock)
    block = set(range(found.base, found.end + 1))
    claimed = {port for of in claimants for claim in of.claims for port in range(claim.start, claim.end + 1)}
    assert block.isdisjoint(claimed | set(ports) | set(range(32768, 61000)) | set(range(1024)))


@pytest.mark.parametrize("name", sorted(DISTRIBUTIONS))
@pytest.mark.parametrize("version", ["2026.1.16", "2026.1.24", "2026.2.6", "2026.3.20", "2026.9.6", None])
@pytest.mark.parametrize("base", [18789, 65432, 65500, 65535])
def test_a_moved_claimant_claims_what_the_product_would_claim_there(name: str, version: str | None, base: int) -> None:
    settings = pinning(9222)
    moved = relocated(claimant(f"{name}:p", base, version, settings=settings), 19789)
    expected = claimant(f"{name}:p", 19789, version, settings=settings)
    assert sorted(map(ports_of, moved.claims)) == sorted(map(ports_of, expected.claims))
    assert moved.out_of_range == ()


def ports_of(claim: object) -> str:
    return repr(claim).replace("source=<Source.DEFAULT: 'default'>", "source=<Source.DERIVED: 'derived'>")


def test_hashed_bases_leave_room() -> None:
    hashed = [claimant(f"openclaw:p{number}", profile_hash_port(f"p{number}")) for number in range(100)]
    assert isinstance(free_base(HostPorts([MAIN, *hashed], [], LIMITS)), FreeBlock)


def test_an_instance_without_a_base_takes_nothing() -> None:
    assert free_base(HostPorts([Claimant("openclaw:x", None, ())], [], LIMITS)) == FreeBlock(18789, 18899)
