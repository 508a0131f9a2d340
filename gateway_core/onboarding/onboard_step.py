"""The heart of a run: the distribution's `onboard`, and what it left on the disk."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from gateway_core.distributions import Distribution
from gateway_core.files import FileIdentity, identify
from gateway_core.host import Host
from gateway_core.lifecycle.locking import ProcessMark
from gateway_core.onboarding.commands import call, spelled_out, with_token
from gateway_core.onboarding.journal import JournalFile, seen_through
from gateway_core.onboarding.plan import Plan, TokenRoute
from gateway_core.onboarding.vendor_run import VendorRun, run_vendor
from gateway_core.onboarding.verify import config_of, deviations
from gateway_core.operations import ErrorCode, OperationFailedError, StepLog
from gateway_core.redaction import redact

ONBOARD_DEADLINE_S = 240.0
"""1 to 5 s warm (seen in clawdbot 2026.1.24, openclaw 2026.2.6 and 2026.9.6); 25 s and more with a cold cache."""

_TOKEN_BYTES = 24
_UNKNOWN_OPTION = re.compile(r"(?:unknown option|does not recognize option)\s+[\"'“]?(--[\w-]+)", re.IGNORECASE)


class Onboarding:
    """`onboard` for one plan."""

    def __init__(self, host: Host, distribution: Distribution, plan: Plan, file: JournalFile, steps: StepLog) -> None:
        self._host = host
        self._distribution = distribution
        self._plan = plan
        self._file = file
        self._steps = steps

    def config_identity(self) -> FileIdentity:
        """Which content the config has now."""
        return identify(Path(self._plan.config_path))

    async def run(self, deadline_s: float) -> VendorRun:
        """Run it to its end. Raises `OperationFailedError` if it never came to one."""
        token = secrets.token_hex(_TOKEN_BYTES) if self._plan.token is TokenRoute.ENVIRONMENT else ""
        # The arguments follow the program and the profile, which `call` puts in front of them by itself.
        in_front = len(call(self._host, self._distribution, self._plan, ()).argv)
        called = call(self._host, self._distribution, self._plan, self._plan.commands[0].argv[in_front:])
        try:
            vendor = await run_vendor(
                with_token(called, self._distribution, self._plan, token),
                secret=token,
                deadline_s=deadline_s,
                on_line=self._steps.line,
                on_start=self._note_process,
            )
        except OSError as error:
            message = f"{self._plan.command} could not be run: {redact(error.strerror or str(error))}."
            raise OperationFailedError(ErrorCode.COMMAND_FAILED, message) from error
        if vendor.status is None:
            raise self._unending(vendor, deadline_s)
        return vendor

    def verify(self, vendor: VendorRun, before: FileIdentity) -> str:
        """What the disk says, whatever the command said. Raises `OperationFailedError`. Blocks."""
        if self._plan.existing and vendor.status != 0:
            raise self._unsuccessful(vendor, "")
        reading = config_of(self._host, self._distribution, self._plan)
        if not reading.exists or (self._plan.existing and self.config_identity() == before):
            raise self._unsuccessful(vendor, f"{self._plan.config_path} was not written")
        found = deviations(self._host, self._plan, reading)
        if found and vendor.status != 0:
            raise self._unsuccessful(vendor, found[0])
        if found:
            message = f"{self._plan.instance} is not as planned: {'; '.join(found)}."
            hint = "Undo it, or see what its distribution makes of it in a terminal."
            raise OperationFailedError(ErrorCode.NOT_AS_PLANNED, message, hint, vendor.lines)
        if vendor.status != 0:
            return f"all is as planned, although the command ended with exit code {vendor.status}"
        return "the config is valid, with port, bind and workspace as planned"

    async def _note_process(self, pid: int) -> None:
        info = self._host.processes.find(pid)
        if info is not None:
            mark = ProcessMark(pid=info.pid, start=info.start, at=self._host.clock.now())
            await seen_through(self._file.update, vendor=mark)

    def _unending(self, vendor: VendorRun, deadline_s: float) -> OperationFailedError:
        if vendor.question:
            return self._question(vendor, vendor.question)
        message = f"{self._plan.command} onboard did not end within {deadline_s:.0f} s and was ended."
        return OperationFailedError(ErrorCode.TIMED_OUT, message, "Resume it, or undo it.", vendor.lines)

    def _unsuccessful(self, vendor: VendorRun, finding: str) -> OperationFailedError:
        option = next((found[1] for line in vendor.lines if (found := _UNKNOWN_OPTION.search(line))), None)
        if option is not None:
            message = (
                f"{self._distribution.title} {self._plan.version} does not know {option}: its command line has changed."
            )
            hint = "Onboard it in a terminal, or install a version that claw-tui knows."
            return OperationFailedError(ErrorCode.FLAG_UNKNOWN, message, hint, vendor.lines)
        if vendor.question:
            return self._question(vendor, vendor.question)
        if vendor.status == 0:
            message = f"{self._plan.command} onboard ended as if all were well, but {finding}."
            return OperationFailedError(ErrorCode.NOT_WRITTEN, message, self._by_hand(), vendor.lines)
        said = vendor.stated.rstrip(".") or finding
        message = f"{self._plan.command} onboard ended with exit code {vendor.status}{': ' + said if said else ''}."
        return OperationFailedError(ErrorCode.COMMAND_FAILED, message, self._by_hand(), vendor.lines)

    def _question(self, vendor: VendorRun, question: str) -> OperationFailedError:
        message = f"{self._plan.command} onboard asks a question although it was told not to: “{question[-200:]}”"
        return OperationFailedError(ErrorCode.ASKED_A_QUESTION, message, self._by_hand(), vendor.lines)

    def _by_hand(self) -> str:
        called = call(self._host, self._distribution, self._plan, ("onboard",))
        return f"See what it wants in a terminal: {spelled_out(called.argv, called.own_variables)}"
