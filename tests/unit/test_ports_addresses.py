"""Which sockets get in each other's way on one port."""

import pytest

from gateway_core.config.model import GatewaySettings
from gateway_core.ports.addresses import (
    EVERY_INTERFACE,
    LOOPBACK,
    TAILNET,
    bind_address,
    claimed_places,
    collide,
    held_places,
    needed_places,
)
from gateway_core.ports.claimants import HostPorts
from gateway_core.ports.conflicts import diagnose
from gateway_core.snapshot import Conflict, Grade, Listener
from tests.claimants import claimant, listener

V6_ONLY = ("::", True)


@pytest.mark.parametrize(
    ("claimed", "held", "claim_met", "start_prevented"),
    [
        (LOOPBACK, ("127.0.0.1", False), True, True),
        (LOOPBACK, ("::1", False), True, False),
        (LOOPBACK, ("127.0.0.2", False), False, False),
        (LOOPBACK, ("192.0.2.1", False), False, False),
        (LOOPBACK, ("100.101.102.103", False), False, False),
        (LOOPBACK, ("0.0.0.0", False), True, True),
        (LOOPBACK, ("::", False), True, True),
        (LOOPBACK, V6_ONLY, True, False),
        (LOOPBACK, ("::ffff:127.0.0.1", False), True, True),
        (EVERY_INTERFACE, ("127.0.0.2", False), True, True),
        (EVERY_INTERFACE, ("192.0.2.1", False), True, True),
        (EVERY_INTERFACE, ("::1", False), False, False),
        (EVERY_INTERFACE, V6_ONLY, False, False),
        (EVERY_INTERFACE, ("::", False), True, True),
        (TAILNET, ("100.101.102.103", False), True, True),
        (TAILNET, ("fd7a:115c:a1e0::1", False), False, False),
        (TAILNET, ("127.0.0.1", False), False, False),
        (TAILNET, ("0.0.0.0", False), True, True),
        ("192.0.2.1", ("192.0.2.1", False), True, True),
        ("192.0.2.1", ("192.0.2.2", False), False, False),
        ("192.0.2.1", ("127.0.0.1", False), False, False),
        ("192.0.2.1", V6_ONLY, False, False),
        ("100.101.102.103", ("100.101.102.103", False), True, True),
    ],
)
def test_a_socket_meets_a_claim(claimed: str, held: tuple[str, bool], claim_met: bool, start_prevented: bool) -> None:
    places = held_places((held[0],), v6_only=held[1])
    assert collide(claimed_places(claimed), places) is collide(places, claimed_places(claimed)) is claim_met
    assert collide(needed_places(claimed), places) is start_prevented


def test_a_custom_host_is_taken_as_the_gateways_read_it() -> None:
    assert bind_address(GatewaySettings(bind="custom", custom_bind_host=" 127.0.0.3 ")) == "127.0.0.3"
    assert bind_address(GatewaySettings(bind="custom", custom_bind_host="::1")) == EVERY_INTERFACE


def found(instance: str, version: str, *listeners: Listener) -> Conflict:
    (diagnosis,) = diagnose(HostPorts((claimant(instance, 18789, version),), listeners))
    return diagnosis.conflict


@pytest.mark.parametrize(
    ("instance", "version", "port"),
    [
        ("clawdbot:default", "2026.1.24", 18791),
        ("omniclaw:default", "2026.1.1", 18792),
        ("openclaw:default", "2026.2.6", 18792),
    ],
)
def test_another_port_that_is_bound_always_is_active_and_prevents_no_start(
    instance: str, version: str, port: int
) -> None:
    conflict = found(instance, version, listener(port, 77))
    assert (conflict.grade, conflict.prevents) == (Grade.ACTIVE, ())
    assert "It starts without that port." in conflict.why


def test_the_second_loopback_alone_prevents_no_start() -> None:
    conflict = found("openclaw:default", "2026.9.6", listener(18789, 77, addresses=("::1",)))
    assert (conflict.grade, conflict.prevents) == (Grade.ACTIVE, ())
    assert "It starts without that address." in conflict.why


def test_the_gateway_port_prevents_a_start() -> None:
    conflict = found("openclaw:default", "2026.9.6", listener(18789, 77))
    assert (conflict.grade, conflict.prevents) == (Grade.ACTIVE, ("openclaw:default",))
    assert "cannot start" in conflict.why


def test_a_relatives_port_that_another_binds_beside_its_own_prevents_only_the_gateway_on_it() -> None:
    one, other = claimant("openclaw:a", 18789, "2026.2.6"), claimant("openclaw:b", 18792, "2026.2.6")
    conflicts = [diagnosis.conflict for diagnosis in diagnose(HostPorts((one, other)))]
    certain = next(conflict for conflict in conflicts if conflict.grade is Grade.CERTAIN)
    assert certain.prevents == ("openclaw:b",)


def test_of_three_on_one_port_only_those_are_told_not_to_start_whose_address_is_taken() -> None:
    holder = claimant("openclaw:c", 18789, settings=custom("192.0.2.1"), live=True, proven_ports=(18789,))
    lan = claimant("openclaw:l", 18789, settings=GatewaySettings(bind="lan"))
    taken = listener(18789, 7, addresses=("192.0.2.1",), instance="openclaw:c")

    found = diagnose(HostPorts((claimant("openclaw:default", 18789), holder, lan), (taken,)))

    active = next(one.conflict for one in found if one.conflict.grade is Grade.ACTIVE)
    assert "openclaw:default" not in active.prevents
    assert active.why.endswith("(pid 7): openclaw:l cannot start.")


def custom(host: str) -> GatewaySettings:
    return GatewaySettings(bind="custom", custom_bind_host=host)
