"""Bursts of keys on a terminal, against the same keys one by one: `python -m tests.burst_pty [--keys N] [--busy] …`.

Two dashboards run on terminals of their own. One gets each sequence of keys in one write, the other key by key, each
once the one before has had its effect. Both have to end in the same state. There is one rule more: what comes in one
burst with a question, before that was to be seen, closes it, unless it declines; and what follows is left out.
"""

from __future__ import annotations

import argparse
import fcntl
import itertools
import json
import os
import random
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from claw_tui.actions.model import APP, MODES
from claw_tui.actions.registry import ACTIONS, keys_of
from tests.burst_program import ANEW, BACK, REPORT

_SENT = {
    "escape": "\x1b", "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "backspace": "\x7f",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "ctrl+p": "\x10", "slash": "/", "colon": ":", "question_mark": "?",
    "exclamation_mark": "!", "left_square_bracket": "[", "right_square_bracket": "]",
    ANEW: "\x1b[24~", REPORT: "\x1b[23~", BACK: "\x1b[21~",
}  # fmt: skip
_OF_SHEETS = ("escape", "enter", "tab", "up", "down", "home", "pagedown", "backspace", *"nyYqjkgGpic2")
_DECLINING = ("escape", "n", "q")
_DEADLINE_S = 60
_AMBIGUOUS = (
    "b",
    "f",
    "tab",
    "backspace",
    "left_square_bracket",
    "O",
)  # behind Esc, terminals mean another key by them

State = dict[str, object]


def alphabet(mode: str) -> tuple[str, ...]:
    """Every key that means something in that mode or in a sheet."""
    bound = (key for action in ACTIONS if action.scope in (mode, APP) for key in keys_of(action, {}))
    return tuple(dict.fromkeys((*bound, *_OF_SHEETS)))


class Program:
    """The dashboard on a pseudo terminal."""

    def __init__(self, directory: Path, logs: Path, *, busy: bool, size: tuple[int, int] = (80, 24)) -> None:
        self._path = directory
        for folder in (directory, logs):
            folder.mkdir(exist_ok=True)
        self._end, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            (sys.executable, "-m", "tests.burst_program", self._path, logs, *(["BUSY"] if busy else [])),
            env={"TERM": "xterm-256color", "ESCDELAY": "1", "HOME": str(self._path), "PATH": os.environ["PATH"]}
            | {"PYTHONPATH": f"{root / 'app'}:{root}", "LC_ALL": "C.UTF-8"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=root,
            start_new_session=True,
        )
        os.close(inner)
        self._states = self._path / "states"
        self._read = 0
        self._sent = 0
        self._screen = b""
        self.press(REPORT)

    def press(self, *keys: str) -> State:
        """Write all of these at once; the state that they lead to."""
        self._sent += len(keys)
        os.write(self._end, "".join(_SENT.get(key, key) for key in keys).encode())
        limit = time.monotonic() + _DEADLINE_S
        while True:
            self._drain()
            for taken, state in self._news():
                if taken == self._sent:
                    return state
            assert time.monotonic() < limit, f"it does not come to rest after {keys}: {self._screen[-2000:]!r}"
            assert self._process.poll() is None, f"it ended: {self._screen[-4000:].decode(errors='replace')}"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)

    def _drain(self) -> None:
        if select.select([self._end], [], [], 0.002)[0]:
            self._screen = (self._screen + os.read(self._end, 65536))[-65536:]

    def _news(self) -> Iterator[tuple[int, State]]:
        if not self._states.exists():
            return
        with self._states.open() as states:
            states.seek(self._read)
            for line in states:
                if not line.endswith("\n"):
                    return  # it is still being written
                self._read += len(line.encode())
                yield tuple(json.loads(line))


@dataclass
class Difference:
    """A burst that did not lead to where the same keys lead one by one."""

    keys: tuple[str, ...]
    facts: dict[str, tuple[object, object]]  # in the burst, one by one

    def __str__(self) -> str:
        facts = {name: both for name, both in self.facts.items() if name != "shown"}
        burst, slow = (str(shown).splitlines() for shown in self.facts.get("shown", ("", "")))
        lines = [f"\n  {a!r}\n  {b!r}" for a, b in itertools.zip_longest(burst, slow) if a != b]
        return f"{self.keys}: {facts}{''.join(lines[:6])}"


@dataclass
class Pair:
    """A dashboard that gets bursts, and one that gets keys one by one."""

    busy: bool = False
    differences: list[Difference] = field(default_factory=list)
    tried: int = 0
    _anew: bool = True

    def __enter__(self) -> Pair:
        self._directory = tempfile.TemporaryDirectory()
        base = Path(self._directory.name)
        self._slow = Program(base / "slow", base / "logs", busy=False)
        self._fast = Program(base / "fast", base / "logs", busy=self.busy)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._fast.close()
        self._slow.close()
        self._directory.cleanup()

    def try_keys(self, mode: str, keys: Sequence[str]) -> None:
        """Compare what these keys do in that mode. What else was done before is the same in both."""
        for program in (self._fast, self._slow):
            if self._anew:
                program.press(ANEW)
            program.press(BACK, mode)
        fast, slow = self._fast.press(*keys), self._one_by_one(keys)
        self.tried += 1
        differing = {fact: (fast[fact], slow[fact]) for fact in fast if fact not in ("text", "shown")}
        differing = {fact: both for fact, both in differing.items() if both[0] != both[1]}
        if fast["text"] != slow["text"]:
            differing["shown"] = (fast["shown"], slow["shown"])
        self._anew = bool(differing or slow["left"])
        if differing:
            self.differences.append(Difference((mode, *keys), differing))

    def _one_by_one(self, keys: Sequence[str]) -> State:
        state = self._slow.press(REPORT)
        for key in keys:
            asked = _question(state)
            if asked and key not in (_DECLINING if _question_is_choice(state) else ("escape",)):
                return self._slow.press("escape")
            state = self._slow.press(key)
            if state["left"]:
                return state
        return state


def _question(state: State) -> bool:
    screens = state["screens"]
    assert isinstance(screens, list)
    return str(screens[-1]).startswith(("ConfirmSheet", "LeaveSheet"))


def _question_is_choice(state: State) -> bool:
    return not state["typed"]


def sequences(length: int, rng: random.Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every sequence of that many keys in each mode, by chance in some order."""
    every = [(mode, alphabet(mode.name)) for mode in MODES]
    if length <= 2:
        found = [(mode.key, keys) for mode, known in every for keys in itertools.product(known, repeat=length)]
        rng.shuffle(found)
        yield from filter(_is_meant, found)
        return
    while True:
        mode, known = rng.choice(every)
        candidate = (mode.key, tuple(rng.choice(known) for _ in range(length)))
        if _is_meant(candidate):
            yield candidate


def _is_meant(found: tuple[str, tuple[str, ...]]) -> bool:
    return not any(one == "escape" and key in _AMBIGUOUS for one, key in itertools.pairwise(found[1]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--busy", action="store_true")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    end = time.monotonic() + asked.minutes * 60
    with Pair(busy=asked.busy) as pair:
        for mode, keys in sequences(asked.keys, random.Random(asked.seed)):
            if time.monotonic() > end:
                break
            before = len(pair.differences)
            pair.try_keys(mode, keys)
            for found in pair.differences[before:]:
                print(found, flush=True)
            if pair.tried % 500 == 0:
                print(f"{pair.tried} tried, {len(pair.differences)} differ", flush=True)
        print(f"{pair.tried} bursts of {asked.keys} keys tried, {len(pair.differences)} differ")
    return bool(pair.differences)


if __name__ == "__main__":
    sys.exit(main())
