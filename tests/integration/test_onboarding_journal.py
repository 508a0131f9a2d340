"""Journals of onboardings: broken ones hide no others, and what another claw-tui has finished is seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.discovery.planned import RunOutcome
from gateway_core.host import Host
from gateway_core.onboarding.journal import JournalFile, journal_lock, journals, unfinished_journals
from gateway_core.onboarding.plan import OnboardingResult
from gateway_core.onboarding.run import resume, run
from gateway_core.onboarding.undo import UndoResult, undo
from gateway_core.operations import ErrorCode, Failure
from gateway_core.system.clock import SystemClock
from tests.onboarding import choices, contents, planned, run_until_killed


class WaitingClock(SystemClock):
    """Stands still, so that nobody loses patience, and tells when somebody has begun to wait."""

    def __init__(self) -> None:
        self.waited_for = asyncio.Event()
        self._looks = 0

    def monotonic(self) -> float:
        self._looks += 1
        if self._looks > 1:
            self.waited_for.set()
        return 0.0


@pytest.mark.parametrize("way", [resume, undo], ids=["resume", "undo"])
async def test_what_another_claw_tui_has_just_finished_is_not_done_once_more(
    demo_home: DemoHome, way: Callable[[Host, str], Coroutine[None, None, OnboardingResult | UndoResult | Failure]]
) -> None:
    plan = await planned(demo_home.host(), choices())
    assert run_until_killed(demo_home, plan, "onboard ends") == -9
    clock = WaitingClock()
    host = replace(demo_home.host(), clock=clock)
    [journal] = unfinished_journals(host)
    before = contents(demo_home.home)
    async with asyncio.timeout(20), journal_lock(host, journal.id):
        waiting = asyncio.create_task(way(host, journal.id))
        await clock.waited_for.wait()
        JournalFile(host, journal).update(outcome=RunOutcome.UNDONE)
    result = await waiting
    assert isinstance(result, OnboardingResult | UndoResult)
    assert result.error is not None
    assert result.error.code is ErrorCode.NO_JOURNAL
    assert contents(demo_home.home) == before
    [journal] = journals(host)
    assert journal.outcome is RunOutcome.UNDONE


async def test_an_unreadable_journal_hides_no_other(demo_home: DemoHome) -> None:
    host = demo_home.host()
    await run(host, await planned(host, choices()))
    folder = demo_home.home / ".local/state/claw-tui/onboarding"
    (folder / "0123456789abcdef.json").write_text('{"id": "cut sho')
    [journal] = journals(host)
    assert journal.outcome is RunOutcome.DONE
    assert "token" not in json.dumps(journal.model_dump(mode="json")["before"])
    assert (folder / f"{journal.id}.json").stat().st_mode & 0o777 == 0o600
