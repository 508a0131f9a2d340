"""The run of a plan: journal first, then the distribution's own commands, each verified afterwards.

result = await run(host, plan, report=print)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gateway_core.discovery.planned import RunOutcome
from gateway_core.distributions.loader import load_distributions
from gateway_core.distributions.model import Distribution
from gateway_core.host import Host
from gateway_core.lifecycle.backend import Options, Wait
from gateway_core.lifecycle.locking import holding_instance
from gateway_core.lifecycle.operate import operate
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import Choices, Preset, ProblemCode
from gateway_core.onboarding.inventory import additions, created, roots_before, without_later_use
from gateway_core.onboarding.journal import (
    Journal,
    JournalFile,
    journal_id,
    journal_lock,
    planning_lock,
    read_journal,
)
from gateway_core.onboarding.onboard import ONBOARD_DEADLINE_S, OnboardCommand, end_leftover
from gateway_core.onboarding.plan import OnboardingResult, Plan, TokenRoute
from gateway_core.onboarding.planning import make_plan
from gateway_core.onboarding.verify import find_instance, found_nothing, is_settled, require_as_planned
from gateway_core.operations import (
    ErrorCode,
    Failure,
    Operation,
    OperationFailedError,
    Report,
    StepLog,
    StepNote,
    internal_failure,
    unheard,
)
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import Instance, Snapshot, State

_READY_S = 30.0  # from live to ready: 1 s (openclaw 2026.9.6, warm); many times that on a busy machine
_LOOK_EVERY_S = 0.5
_EXPECTED_ON_RESUME = (ProblemCode.NAME_UNFINISHED, ProblemCode.NAME_EXISTS)
"""Problems that the resumed run has caused itself. A gateway is none: one that runs before `verify` is the user's."""


async def run(
    host: Host, plan: Plan, report: Report = unheard, deadline_s: float = ONBOARD_DEADLINE_S
) -> OnboardingResult:
    """Carry the plan out, and return what really is there afterwards. Never raises, unless it is cancelled.

    However it ends, its journal tells how to go on: `resume` it, or `undo` it. `deadline_s` is for the distribution's
    `onboard`.
    """
    return await _OnboardingRun(host, plan, report, deadline_s).result()


async def resume(
    host: Host, journal: str, report: Report = unheard, deadline_s: float = ONBOARD_DEADLINE_S
) -> OnboardingResult | Failure:
    """Go on with a run that failed or was killed, where it was left. A `Failure` if there is no such run."""
    found = await asyncio.to_thread(read_journal, host, journal)
    if found is None or found.outcome is not RunOutcome.UNFINISHED:
        return _nothing_to_resume().failure
    return await _OnboardingRun(host, found.plan, report, deadline_s).result(resumed=True)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The objects that the steps of a run share once its journal is written."""

    distribution: Distribution
    file: JournalFile


class _OnboardingRun:
    """A run of a plan, from the first look at the host to the last."""

    def __init__(self, host: Host, plan: Plan, report: Report, deadline_s: float) -> None:
        self._host = host
        self._plan = plan
        self._deadline_s = deadline_s
        self._steps = StepLog(plan.instance, Operation.NEW, host.clock, report)
        self._file: JournalFile | None = None

    async def result(self, *, resumed: bool = False) -> OnboardingResult:
        failure = await self._perform(resumed=resumed)
        journal = self._file.journal if self._file else None
        there, instance = await self._final_look()
        runs = instance is not None and instance.signals.process is not None
        return OnboardingResult(
            instance=self._plan.instance,
            ok=failure is None,
            plan=self._plan,
            created=tuple(map(str, there)),
            error=failure,
            state=instance.state if instance is not None else State.UNKNOWN,
            control_url=instance.control_url if instance is not None and runs else None,
            steps=tuple(self._steps.steps),
            journal=journal.id if journal and journal.outcome is not RunOutcome.UNDONE else None,
        )

    async def _perform(self, *, resumed: bool) -> Failure | None:
        try:
            self._require_consent()
            async with journal_lock(self._host, journal_id(self._plan.config_path)):
                return await self._perform_locked(resumed=resumed)
        except OperationFailedError as error:
            return error.failure
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, the user sees it
            return internal_failure("This onboarding stopped on an error of claw-tui", error)

    async def _perform_locked(self, *, resumed: bool) -> Failure | None:
        """Carry the plan out while nobody else can work on its journal, and write down there how that ended."""
        try:
            prepared = await (self._prepare_resume() if resumed else self._prepare())
            await self._carry_out(prepared)
            await self._write(await _with_additions(prepared.file.journal, outcome=RunOutcome.DONE, failure=None))
        except OperationFailedError as error:
            return await self._note_failure(error.failure)
        except asyncio.CancelledError:
            await self._write_outcome(Failure(code=ErrorCode.STOPPED, message="It was stopped before it was done."))
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, its journal says so
            return await self._note_failure(internal_failure("This onboarding stopped on an error of claw-tui", error))
        return None

    def _require_consent(self) -> None:
        if not self._plan.accepted_risk:
            message = "Onboarding needs your word that you have read the risk notice and accept it."
            raise OperationFailedError(
                ErrorCode.RISK_NOT_ACCEPTED, message, "Read it, then say so: nobody can do that for you."
            )

    async def _prepare(self) -> _Prepared:
        """Check that the plan still holds, and write the journal; meanwhile no other plan can take the same port."""
        async with planning_lock(self._host):
            with self._steps.step("check"):
                distribution = await self._check(())
            with self._steps.step("journal") as note:
                before = await asyncio.to_thread(roots_before, self._host, distribution, self._plan)
                journal = Journal(
                    id=journal_id(self._plan.config_path),
                    began_at=self._host.clock.now(),
                    plan=self._plan,
                    before=before,
                )
                self._file = JournalFile(self._host, journal)
                await self._write(journal)
                note.detail = "what is there now is written down"
        return _Prepared(distribution, self._file)

    async def _prepare_resume(self) -> _Prepared:
        """Read the journal again now that nobody else is at work on it: somebody may have been, until now."""
        journal = await asyncio.to_thread(read_journal, self._host, journal_id(self._plan.config_path))
        if journal is None or journal.outcome is not RunOutcome.UNFINISHED:
            raise _nothing_to_resume()
        self._plan = journal.plan
        self._file = JournalFile(self._host, journal)
        if journal.added is not None:
            before = await asyncio.to_thread(without_later_use, journal.before, journal.added)
            await self._write(journal.model_copy(update={"before": before, "added": None}))
        with self._steps.step("check"):
            await end_leftover(self._host, journal)
            distribution = (
                await self._check(_EXPECTED_ON_RESUME) if not journal.done("verify") else await self._distribution()
            )
        return _Prepared(distribution, self._file)

    async def _check(self, expected: tuple[ProblemCode, ...]) -> Distribution:
        """Plan once more, on the host as it is now. Raises `OperationFailedError` if that comes to anything else."""
        snapshot = await take_snapshot(self._host)
        again = await make_plan(self._host, snapshot, _same_choices(self._plan))
        problems = [item for item in again if item.code not in expected] if isinstance(again, tuple) else []
        if problems:
            raise OperationFailedError(ErrorCode.HOST_CHANGED, problems[0].message, problems[0].hint)
        await asyncio.to_thread(self._require_stopped, snapshot)
        if isinstance(again, Plan) and again.version != self._plan.version:
            message = f"{again.command} is now version {again.version}; the plan was made for {self._plan.version}."
            raise OperationFailedError(ErrorCode.HOST_CHANGED, message, "Make a new plan.")
        return await self._distribution()

    def _require_stopped(self, snapshot: Snapshot) -> None:
        """Refuse to go on if the gateway runs: the user may have started it, and planning does not look for that."""
        instance = find_instance(snapshot, self._plan)
        process = instance.signals.process if instance is not None else None
        if process is not None:
            message = f"{self._plan.instance} runs (pid {process.pid}), and this onboarding did not start it."
            hint = f"Stop it first: {own_command('stop', self._plan.instance)}"
            raise OperationFailedError(ErrorCode.HOST_CHANGED, message, hint)

    async def _distribution(self) -> Distribution:
        known = await asyncio.to_thread(load_distributions, self._host.config_dir)
        distribution = known.named(self._plan.distribution)
        if distribution is None:
            raise OperationFailedError(
                ErrorCode.HOST_CHANGED, f"There is no distribution {self._plan.distribution} any more."
            )
        return distribution

    async def _carry_out(self, prepared: _Prepared) -> None:
        if not prepared.file.journal.done("verify"):
            made = self._plan
            async with holding_instance(self._host, made.config_path, made.instance, state_dir=made.state_dir):
                await self._onboard(prepared)
        if self._plan.service:
            async with self._step("install-service"):
                await self._operate(Operation.INSTALL_SERVICE, ErrorCode.SERVICE_FAILED)
        if self._plan.service and not self._plan.start:
            async with self._step("stop"):  # an install starts the gateway, whether that is wanted or not
                await self._operate(Operation.STOP, ErrorCode.SERVICE_FAILED)
        if self._plan.start:
            async with self._step("start"):
                await self._operate(Operation.START, ErrorCode.START_FAILED)
        async with self._step("prove") as note:
            instance = await asyncio.to_thread(require_as_planned, await self._when_ready(), self._plan)
            note.detail = instance.reason

    async def _when_ready(self) -> Snapshot:
        """Return the snapshot once the gateway is ready, or at the latest when it has had its time for that."""
        deadline = self._host.clock.monotonic() + _READY_S
        while True:
            snapshot = await take_snapshot(self._host)
            settled = await asyncio.to_thread(is_settled, snapshot, self._plan)
            if settled or self._host.clock.monotonic() > deadline:
                return snapshot
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _onboard(self, prepared: _Prepared) -> None:
        onboarding = OnboardCommand(self._host, prepared.distribution, self._plan, prepared.file, self._steps)
        before = await asyncio.to_thread(onboarding.config_identity)
        async with self._step("onboard", self._plan.commands[0].shown) as note:
            outcome = await onboarding.run(self._deadline_s)
            note.detail = f"exit code {outcome.status}"
        async with self._step("verify") as note:
            note.detail = await asyncio.to_thread(onboarding.verify, outcome, before)
        await self._write(await _with_additions(prepared.file.journal))

    async def _operate(self, operation: Operation, code: ErrorCode) -> None:
        options = Options(wait=Wait.READY) if operation is Operation.START else None
        result = await operate(self._host, self._plan.instance, operation, options, report=self._steps.report)
        if result.error is not None and not (operation is Operation.STOP and found_nothing(result)):
            error = result.error
            raise OperationFailedError(code, error.message, error.hint, error.last_lines)

    @asynccontextmanager
    async def _step(self, name: str, command: str | None = None) -> AsyncIterator[StepNote]:
        """Run the block as a step that the journal names before it begins, and marks once it has ended well."""
        with self._steps.step(name, command) as note:
            await self._mark(name, ended=False)
            yield note
            await self._mark(name, ended=True)

    async def _mark(self, name: str, *, ended: bool) -> None:
        if self._file is not None:
            await self._write(self._file.journal.with_step(name, ended=ended))

    async def _write(self, journal: Journal) -> None:
        if self._file is not None:
            await finish_in_thread(self._file.write, journal)

    async def _note_failure(self, failure: Failure) -> Failure:
        """Write the failure down in the journal; a run that created nothing needs no undo."""
        if self._file is None or self._file.journal.outcome is not RunOutcome.UNFINISHED:
            return failure
        try:
            there = await asyncio.to_thread(created, self._file.journal.before)
            nothing = not there and not (self._plan.existing and self._file.journal.begun("onboard"))
            await self._write_outcome(failure, RunOutcome.UNDONE if nothing else RunOutcome.UNFINISHED)
        except Exception:  # noqa: BLE001 - the boundary: no error in noting it may hide why the run failed
            return failure
        return failure

    async def _write_outcome(self, failure: Failure, outcome: RunOutcome = RunOutcome.UNFINISHED) -> None:
        if self._file is None or self._file.journal.outcome is not RunOutcome.UNFINISHED:
            return
        with suppress(OperationFailedError):  # the run is over already, and its journal is as good without the reason
            await self._write(await _with_additions(self._file.journal, outcome=outcome, failure=failure))

    async def _final_look(self) -> tuple[tuple[Path, ...], Instance | None]:
        """Return what was created and is there now, and the instance."""
        if self._file is None:
            return (), None
        try:
            there = await asyncio.to_thread(created, self._file.journal.before)
            instance = await asyncio.to_thread(find_instance, await take_snapshot(self._host), self._plan)
        except Exception:  # noqa: BLE001 - how the run itself ended is known already
            return (), None
        return there, instance


async def _with_additions(journal: Journal, **changes: object) -> Journal:
    """Return the journal with all that the run has added by now, and with these changes."""
    added = await asyncio.to_thread(additions, journal.before)
    return journal.model_copy(update={"added": added, **changes})


def _same_choices(plan: Plan) -> Choices:
    """Return the choices that lead to this plan on the host for which it was made."""
    return Choices(
        distribution=plan.distribution,
        preset=Preset.MAIN if plan.profile == "default" else Preset.RESCUE,
        profile=plan.profile,
        port=plan.base_port,
        bind=plan.bind,
        auth=plan.auth,
        workspace=plan.workspace,
        service=plan.service,
        start=plan.start,
        own_token=plan.token is TokenRoute.ENVIRONMENT,
        accepted_risk=plan.accepted_risk,
        confirm_existing=plan.existing,
    )


def _nothing_to_resume() -> OperationFailedError:
    message = "There is no unfinished onboarding of that name."
    return OperationFailedError(ErrorCode.NO_JOURNAL, message, "See: claw-tui ls")
