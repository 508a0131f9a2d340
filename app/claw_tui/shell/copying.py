"""Copying: which programs take a text, and the words for what became of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from time import monotonic

from claw_tui.shell.background import in_words
from claw_tui.shell.clipboard_ways import (
    Taking,
    Way,
    desktop_ways,
    in_bytes,
    is_remote,
    terminal_taking,
    tmux_ways,
)
from claw_tui.text.values import clean, cut

PATIENCE_S = 2.0  # so long a program may take
_LAST_BEGUN_S = 2.5  # after so long no other one is asked: keys wait for the answer, for five seconds at most
_OF_DESKTOP = ("wl-copy", "xclip", "xsel")
_SHOWN = 120  # characters of the text in a toast


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a text."""

    places: tuple[str, ...]  # where it certainly is
    failures: tuple[str, ...]  # programs that did not take it, and why
    taking: Taking | None = None  # the terminal that it was sent to, where nothing else had taken it

    @property
    def is_certain(self) -> bool:
        return bool(self.places) or (self.taking is not None and self.taking.takes is True)

    @property
    def is_lost(self) -> bool:
        return not self.places and (self.taking is None or self.taking.takes is False)


async def bring(text: str, environment: Mapping[str, str], send: Callable[[bytes], None]) -> Copied:
    """Bring the text to each clipboard that can have it; whatever fails is among the failures."""
    failures: list[str] = []
    kinds = (tuple(tmux_ways(environment)), tuple(desktop_ways(environment)))
    taken = await asyncio.gather(*(_first_taking(ways, text, environment, failures) for ways in kinds))
    places = tuple(way.place for way in taken if way is not None)
    if places:
        return Copied(places, tuple(failures))
    data = in_bytes(text)
    try:
        send(data)
    except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the text is shown
        return Copied((), (*failures, f"The terminal: {in_words(error)}"))
    return Copied((), tuple(failures), terminal_taking(environment, len(data)))


async def _first_taking(
    ways: Sequence[Way], text: str, environment: Mapping[str, str], failures: list[str]
) -> Way | None:
    """Return the first of the programs that takes the text; those that are there and do not are told."""
    refused: list[str] = []
    last = monotonic() + _LAST_BEGUN_S
    for way in takewhile(lambda _: monotonic() < last, ways):
        reason = await _why_not_taken(way, text, environment)
        if reason is None:
            return way
        if reason:
            refused.append(f"{way.program}: {reason}")
    failures += dict.fromkeys(refused)
    return None


async def _why_not_taken(way: Way, text: str, environment: Mapping[str, str]) -> str | None:
    """Run the program with the text as its input; `None` if it has taken it, nothing if it is not there."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            program = await asyncio.to_thread(shutil.which, way.program, path=environment.get("PATH", ""))
            return await _refusal(way, program, text, environment) if program else ""
    except TimeoutError:
        return f"it did not answer within {PATIENCE_S:.0f} s"
    except OSError as error:
        return error.strerror or "it could not be run"
    except Exception as error:  # noqa: BLE001  the boundary: whatever it is, there are other ways
        return in_words(error)


async def _refusal(way: Way, program: str, text: str, environment: Mapping[str, str]) -> str | None:
    from gateway_core.processes.run import running

    said = bytearray()

    def listen(_pipe: int, data: bytes) -> None:
        del said[_SHOWN:]
        said.extend(data[:_SHOWN])

    command = (program, *way.argv[1:])
    async with running(command, environment, listen, stdin=asyncio.subprocess.PIPE) as process:
        process.write_and_close(way.encoded(text))
        status = await process.ended()  # the pipes may be held on: what serves the clipboard goes on running
    return _first_words(said.decode("utf-8", "replace").splitlines()) or f"exit code {status}" if status else None


def _first_words(lines: Iterable[str]) -> str:
    return next(filter(None, map(str.strip, lines)), "")


def title(copied: Copied, what: str) -> str:
    return f"Copied the {what}" if copied.is_certain else f"Sent the {what} to the terminal"


def message(copied: Copied, text: str) -> str:
    lines = text.splitlines() or [""]
    more = f" … ({len(lines)} lines)" if len(lines) > 1 else ""
    return f"{cut(clean(lines[0]), _SHOWN)}{more}\n{_where(copied)}"


def _where(copied: Copied) -> str:
    if copied.places:
        return f"It is {' and '.join(copied.places)}."
    if copied.taking is not None and copied.taking.takes:
        return f"It is in the clipboard of {copied.taking.terminal} (OSC 52)."
    return "It does not say whether it took it (OSC 52). Copy it again to see the text, ready to select."


def why_shown(copied: Copied, environment: Mapping[str, str]) -> str:
    """Say why a text is shown, and how it would be copied."""
    said = [f"{clean(failure).rstrip('.')}." for failure in copied.failures]
    taking = copied.taking
    if taking is not None:
        verdict = "takes no text for a clipboard" if taking.takes is False else "does not say whether it took the text"
        said.append(f"{taking.terminal} {verdict}. {taking.remedy}".strip())
    failed = any(failure.startswith(_OF_DESKTOP) for failure in copied.failures)
    has_desktop = environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY")
    if has_desktop and not failed and not is_remote(environment):
        said.append("With wl-clipboard or xclip installed, it is copied.")
    return " ".join(said)
