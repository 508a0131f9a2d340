"""Whatever goes wrong inside becomes a result that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway_core.demo.home import DemoHome
from gateway_core.host import Host, ProcessInfo, ServiceState
from gateway_core.lifecycle.operate import operate, operate_many
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import State


class UnusableTables:
    """A process table and a service manager that cannot be used at all."""

    def scan(self) -> Sequence[ProcessInfo]:
        raise OSError("the process table is gone")

    async def states(self, manager: str, names: Sequence[str]) -> Mapping[str, ServiceState]:
        raise OSError("no manager, token=CANARY-123456")


def without_processes(host: Host) -> Host:
    return replace(host, processes=UnusableTables())  # type: ignore[arg-type]


async def test_without_a_process_table_nothing_is_started(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")

    result = await operate(without_processes(demo_home.host()), profile.id, Operation.START)

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.UNKNOWN_STATE, State.UNKNOWN)
    assert "the process table is gone" in result.error.message
    assert "start" not in [step.name for step in result.steps]


async def test_one_that_fails_unexpectedly_hides_no_other(demo_home: DemoHome) -> None:
    served = demo_home.add_profile("openclaw", "served")
    demo_home.write_unit(served)
    plain = demo_home.add_profile("openclaw", "plain")
    host = replace(demo_home.host(), services=UnusableTables())

    results = await operate_many(host, [served.id, plain.id], Operation.START)

    assert [(result.instance, result.ok, result.state) for result in results] == [
        (served.id, False, State.UNKNOWN),
        (plain.id, True, State.RUNNING),
    ], results
    error = results[0].error
    assert error is not None
    assert (error.code, "no manager" in error.message) == (ErrorCode.INTERNAL, True)
    assert "CANARY" not in results[0].model_dump_json()
