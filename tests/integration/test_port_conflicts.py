"""The port trouble that users report most, with real gateways and the real program: found, graded, explained."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.demo.port_blocks import DEFAULT_SIZE
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Conflict, Grade, Instance, ProcessParty, Source
from tests.program import among, claw_tui, instances_of, parties

pytestmark = pytest.mark.slow

RESCUE_DISTANCE = 19001 - 18789
ROUNDS = 5
RELAY_BAND = 3
"""Since openclaw 2026.7 the ports from base + 3 to the CDP end may all be bound for browsers."""


@dataclass(frozen=True, slots=True)
class ConflictReport:
    """The base ports and conflicts of a demo home, the worst conflict first."""

    bases: dict[str, tuple[int, Source]]
    conflicts: tuple[Conflict, ...]

    @property
    def grades(self) -> list[Grade]:
        return [conflict.grade for conflict in self.conflicts]


async def own_conflicts(home: DemoHome) -> tuple[dict[str, Instance], tuple[Conflict, ...]]:
    snapshot = await take_snapshot(home.host())
    own = instances_of(snapshot, home)
    return own, among(snapshot.conflicts, set(own))


async def look(home: DemoHome) -> ConflictReport:
    """What `check`, `ports` and `take_snapshot` say of that home, after making sure that they agree.

    A remedy names a free block. If those have changed meanwhile, because of other tests, all are asked again.
    """
    own, found = await own_conflicts(home)
    for _ in range(ROUNDS):
        check = await claw_tui(home.environment, "check", "--json", "--at-least", "invalid")
        ports = await claw_tui(home.environment, "ports", "--json")
        before, (own, found) = found, await own_conflicts(home)
        if found == before:
            break
    assert (check.code, ports.code) == (1 if check.conflicts else 0, 0), check.errors + ports.errors
    assert among(check.conflicts, set(own)) == found
    assert among(ports.conflicts, set(own)) == found
    bases = {name: instance.base_port for name, instance in own.items()}
    return ConflictReport({name: (base.value, base.source) for name, base in bases.items() if base}, found)


def span(conflict: Conflict) -> tuple[int, int]:
    return conflict.ports.start, conflict.ports.end


def holders(conflict: Conflict) -> list[tuple[int | None, str | None]]:
    return [
        (party.process.pid, party.process.instance) for party in conflict.parties if isinstance(party, ProcessParty)
    ]


def without_port(profile: DemoProfile) -> None:
    """As `setup` leaves a config: the port is the product's own choice."""
    config = json.loads(profile.config_path.read_text("utf-8"))
    del config["gateway"]["port"]
    profile.config_path.write_text(json.dumps(config), "utf-8")


async def until_listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


async def test_a_main_and_a_rescue_bot_as_the_documents_place_them_are_clean(
    demo_home: DemoHome, free_block: Callable[[int], int]
) -> None:
    base = free_block(RESCUE_DISTANCE + DEFAULT_SIZE)
    await demo_home.start("openclaw", "main", port=base)
    await demo_home.start("openclaw", "rescue", port=base + RESCUE_DISTANCE)
    found = await look(demo_home)
    assert set(found.bases) == {"openclaw:main", "openclaw:rescue"}
    assert found.conflicts == ()


@pytest.mark.parametrize("running", [False, True], ids=["at rest", "running"])
async def test_twenty_apart_is_possible_for_the_base_and_an_overlap_of_ranges(
    demo_home: DemoHome, free_block: Callable[[int], int], running: bool
) -> None:
    base = free_block(20 + DEFAULT_SIZE)
    profiles = [demo_home.add_profile("openclaw", "main", port=base)]
    profiles.append(demo_home.add_profile("openclaw", "rescue", port=base + 20))
    if running:
        await asyncio.gather(*(demo_home.launch(profile) for profile in profiles))
    possible, overlap = (await look(demo_home)).conflicts
    assert (possible.grade, span(possible)) == (Grade.POSSIBLE, (base + 20, base + 20))
    assert (overlap.grade, span(overlap)) == (Grade.OVERLAP, (base + 20 + RELAY_BAND, base + DEFAULT_SIZE))
    for conflict in (possible, overlap):
        assert set(parties(conflict)) == {"openclaw:main", "openclaw:rescue"}
        assert conflict.remedy is not None
        assert "move openclaw:rescue to base " in conflict.remedy


def without_remedy(conflict: Conflict) -> Conflict:
    """Which block is free to move to depends on all that listens on this machine."""
    return conflict.model_copy(update={"remedy": None, "commands": ()})


async def test_one_base_twice_is_certain_and_active_once_one_runs(
    demo_home: DemoHome, free_block: Callable[[int], int]
) -> None:
    base = free_block(DEFAULT_SIZE)
    main = demo_home.add_profile("openclaw", "main", port=base)
    demo_home.add_profile("openclaw", "rescue", port=base)
    (at_rest,) = (await look(demo_home)).conflicts
    assert (at_rest.grade, span(at_rest), holders(at_rest)) == (Grade.CERTAIN, (base, base), [])
    gateway = await demo_home.launch(main)
    (now,) = (await look(demo_home)).conflicts
    assert (now.grade, now.id, span(now)) == (Grade.ACTIVE, at_rest.id, (base, base))
    assert set(parties(now)) == {"openclaw:main", "openclaw:rescue"}
    assert holders(now) == [(gateway.pid, "openclaw:main")]
    await gateway.stop()
    (again,) = (await look(demo_home)).conflicts
    assert without_remedy(again) == without_remedy(at_rest)


async def test_a_clawdbot_running_a_hundred_above_an_openclaw_names_both_bases(
    demo_home: DemoHome, free_block: Callable[[int], int]
) -> None:
    base = free_block(100 + DEFAULT_SIZE)
    await demo_home.start("openclaw", "main", port=base)
    await demo_home.start("clawdbot", "cb", port=base + 100)
    worst, *_ = (await look(demo_home)).conflicts
    assert worst.grade is Grade.POSSIBLE
    assert worst.ports.start == base + 100
    assert set(parties(worst)) == {"openclaw:main", "clawdbot:cb"}
    assert str(base) in worst.why
    assert str(base + 100) in worst.why


@pytest.mark.parametrize("product", ["openclaw", "clawdbot"], ids=["documented port", "bound port"])
async def test_a_web_server_on_browser_control_is_named_with_pid_and_command(demo_home: DemoHome, product: str) -> None:
    profile = demo_home.add_profile(product, "main")
    command = ("-m", "http.server", "--bind", "127.0.0.1", str(profile.port + 2))
    server = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=demo_home.environment, cwd=demo_home.home, stderr=asyncio.subprocess.DEVNULL
    )
    await until_listening(profile.port + 2)
    (conflict,) = (await look(demo_home)).conflicts
    assert conflict.grade is (Grade.ACTIVE if product == "clawdbot" else Grade.SQUATTER)
    assert conflict.prevents == ()
    assert span(conflict) == (profile.port + 2, profile.port + 2)
    assert parties(conflict) == (profile.id,)
    (outsider,) = [party.process for party in conflict.parties if isinstance(party, ProcessParty)]
    assert (outsider.pid, outsider.instance) == (server.pid, None)
    assert (outsider.command or "").endswith(" ".join(command))
    assert f"pid {server.pid}" in (conflict.remedy or "")


async def test_the_hashed_ports_of_main_and_rescue_are_in_each_others_way(demo_home: DemoHome) -> None:
    for name in ("main", "rescue"):
        without_port(demo_home.add_profile("openclaw", name))
    found = await look(demo_home)
    assert found.bases == {
        "openclaw:main": (23592, Source.PROFILE_HASH),
        "openclaw:rescue": (23532, Source.PROFILE_HASH),
    }
    between = [conflict for conflict in found.conflicts if len(parties(conflict)) == 2]
    assert [conflict.grade for conflict in between] == [Grade.POSSIBLE, Grade.OVERLAP]
    assert span(between[0]) == (23592, 23592)


@pytest.mark.parametrize(("base", "grade"), [(65500, Grade.INVALID), (40000, Grade.EPHEMERAL)])
async def test_a_base_that_the_kernel_will_not_honour(demo_home: DemoHome, base: int, grade: Grade) -> None:
    demo_home.add_profile("openclaw", "far", port=base)
    found = await look(demo_home)
    assert grade in found.grades
    (conflict,) = [conflict for conflict in found.conflicts if conflict.grade is grade]
    assert parties(conflict) == ("openclaw:far",)
    assert conflict.remedy is not None
    assert "move openclaw:far to base " in conflict.remedy


@pytest.mark.parametrize("product", ["openclaw", "clawdbot"])
async def test_a_gateway_for_the_whole_network_is_in_nobodys_way(demo_home: DemoHome, product: str) -> None:
    gateway = await demo_home.start(product, "lan", bind="lan")
    addresses = {socket_.address for socket_ in demo_home.host().sockets.scan().sockets if socket_.port == gateway.port}
    assert "0.0.0.0" in addresses or "::" in addresses
    assert (await look(demo_home)).conflicts == ()
