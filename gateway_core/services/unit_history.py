"""What systemd still knows of the past of a unit: how its last process ended, and what the journal tells of others.

Both are asked once, when somebody comes back, and never by the looks: the journal of a busy host may be long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway_core.decoding import json_object, span_s, whole_number
from gateway_core.operations import STOPS_WITHIN
from gateway_core.services.manager import Command, Manager
from gateway_core.services.systemd import Systemd, last_end, properties
from gateway_core.timestamps import parse_timestamp, timestamp_at

MOST_ENTRIES = (
    600  # of one unit's journal, the newest; a unit that restarts every five seconds fills them in ten minutes
)
ONE_ZONE = {"TZ": "UTC"}
"""The environment in which `systemctl show` writes times in a zone that can be read back."""
_TIMING = (
    "ActiveState,Result,Restart,ExecMainCode,ExecMainStatus,ExecMainExitTimestamp,"
    "ExecMainExitTimestampMonotonic,ActiveExitTimestampMonotonic"
)
_FIELDS = "MESSAGE_ID,EXIT_CODE,EXIT_STATUS,UNIT_RESULT"
_SLACK = timedelta(seconds=5)


class _Message(StrEnum):
    """The ids under which systemd writes about a unit to the journal, as `sd-messages.h` has them."""

    STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5"
    STARTED = "39f53479d3a045ac8e11786248231fbf"
    STOPPING = "de5b426a63be47a7b6ac3eaac82e2f6f"  # only where somebody, or something, told it to stop
    STOPPED = "9d1aaa27d60140bd96365438aad20286"
    EXITED = "98e322203f7a4ed290d09fe03c09fe15"  # not for a process that ended well
    SUCCEEDED = "7ad2d189f7e94e70a38c781354912448"
    FAILED = "d9b373ed55a64feb8242e02dbe79a49c"
    RESTARTING = "5eb03494b6584870a536b337290809b3"


_REACHED = f"MESSAGE_ID={_Message.STARTED}"
_BEGUN = (_Message.STARTING, _Message.STARTED)
_OVER = (_Message.SUCCEEDED, _Message.FAILED, _Message.STOPPED, _Message.RESTARTING)
_RESULTS = {"oom-kill": "killed: out of memory", "watchdog": "killed: its watchdog did not hear of it"}
_HOW = {"exited": "exited", "killed": "killed by signal", "dumped": "killed by signal"}
"""By `EXIT_CODE`, in the words of `ServiceState.last_end`."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a process of a unit."""

    at: datetime | None
    how: str | None  # `exited 1`, `killed by signal 9`; `None` where nobody tells
    asked: bool  # whether the manager was told to stop it
    with_manager: bool = False  # whether the manager ended then, too, as at the user's last logout and a shutdown


@dataclass(frozen=True, slots=True)
class _Entry:
    message: _Message
    at: datetime | None
    how: str | None


def timing_command(manager: Manager, unit: str) -> Command | None:
    """The command that tells how the last process of a unit ended; `None` where the manager does not know when."""
    return manager.question(_TIMING, unit) if isinstance(manager, Systemd) else None


def past_command(manager: Manager, unit: str, since: datetime) -> Command | None:
    """The command that reads what the journal tells of the unit itself since then."""
    wanted = (f"MESSAGE_ID={message}" for message in _Message)
    limits = (f"--since=@{since.timestamp():.0f}", f"--lines={MOST_ENTRIES}")
    return manager.journal_command(unit, *limits, "--output=json", f"--output-fields={_FIELDS}", *wanted)


def exits_command(manager: Manager, since: datetime) -> Command | None:
    """The command that reads what the journal tells of the ends of the manager itself since then."""
    target = "exit.target" if manager.per_user else "shutdown.target"
    limits = (f"--since=@{since.timestamp():.0f}", f"--lines={MOST_ENTRIES}")
    return manager.journal_command(target, *limits, "--output=json", f"--output-fields={_FIELDS}", _REACHED)


def begin_command(manager: Manager) -> Command | None:
    """The command that tells when the manager itself began: it knows nothing of before."""
    return manager.begin_command() if isinstance(manager, Systemd) else None


def parse_begin(output: str) -> datetime | None:
    return _moment(properties(output).get("UserspaceTimestamp", ""))


def marked_by_exits(endings: Iterable[Ending], output: str) -> tuple[Ending, ...]:
    """The ends, and which of them came of an end of the manager, by the answer to `exits_command`."""
    exits = [entry.at for entry in map(_entry, output.splitlines()) if entry is not None and entry.at is not None]
    return tuple(
        replace(one, with_manager=True)
        if one.asked and one.at is not None and any(at - STOPS_WITHIN <= one.at <= at + _SLACK for at in exits)
        else one
        for one in endings
    )


def parse_timing(output: str) -> Ending | None:
    """The last end in the answer to `timing_command`; `None` while nothing has ended, and where nothing is told."""
    told = properties(output)
    ended, left = (
        whole_number(told.get(name)) for name in ("ExecMainExitTimestampMonotonic", "ActiveExitTimestampMonotonic")
    )
    how = _RESULTS.get(told.get("Result", ""), last_end(told))
    if not ended or how is None:
        return Ending(None, None, asked=True) if _was_stopped_and_forgotten(told) else None
    # A unit that is told to stop leaves its state first, and its process ends of that.
    asked = left is not None and 0 < left < ended and told.get("Result") not in _RESULTS
    return Ending(_moment(told.get("ExecMainExitTimestamp", "")), how, asked)


def _was_stopped_and_forgotten(told: Mapping[str, str]) -> bool:
    """Whether a unit that is always started again is down, well: systemd soon forgets of such a one when it stopped."""
    wanted = {"ActiveState": "inactive", "Result": "success", "Restart": "always"}
    return all(told.get(name) == value for name, value in wanted.items())


def _moment(text: str) -> datetime | None:
    """The moment in `Mon 2026-11-30 02:16:01 UTC`."""
    words = text.split()
    return parse_timestamp(f"{words[1]}T{words[2]}+00:00") if len(words) == 4 and words[3] == "UTC" else None


def parse_past(output: str) -> tuple[Ending, ...]:
    """All ends in the answer to `past_command`, the oldest first."""
    return tuple(_endings(filter(None, map(_entry, output.splitlines()))))


def _entry(line: str) -> _Entry | None:
    told = json_object(line) or {}
    message = next((one for one in _Message if one == told.get("MESSAGE_ID")), None)
    if message is None:
        return None
    microseconds = whole_number(_text(told, "__REALTIME_TIMESTAMP"))
    seconds = None if microseconds is None else span_s(microseconds, 1e-6)
    return _Entry(message, None if seconds is None else timestamp_at(seconds), _how(told))


def _how(told: Mapping[str, object]) -> str | None:
    if (result := _RESULTS.get(_text(told, "UNIT_RESULT"))) is not None:
        return result
    how, status = _HOW.get(_text(told, "EXIT_CODE")), whole_number(_text(told, "EXIT_STATUS"))
    return None if how is None or status is None else f"{how} {status}"


def _text(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _endings(entries: Iterable[_Entry]) -> Iterator[Ending]:
    """One end for each run of the unit, however many entries speak of it."""
    exited: _Entry | None = None
    asked = over = False
    for entry in entries:
        if entry.message in _BEGUN:
            exited, asked, over = None, False, False
        elif entry.message is _Message.STOPPING:
            asked = True
        elif entry.message is _Message.EXITED:
            exited = entry
        elif entry.message in _OVER and not over:
            over = True
            yield _ending(entry, exited, asked)
    if exited is not None and not over:
        yield _ending(exited, exited, asked)


def _ending(entry: _Entry, exited: _Entry | None, asked: bool) -> Ending:
    well = "exited 0" if entry.message is _Message.SUCCEEDED else None
    how = entry.how or (exited.how if exited is not None else well)
    return Ending(exited.at if exited is not None else entry.at, how, asked)
