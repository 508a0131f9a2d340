"""Bursts of keys on a terminal, against the same keys one by one: `python -m tests.burst_pty [--keys N] …`.

Three dashboards run on terminals of their own. Two get each sequence of keys in one write; the event loop of one of
these is hardly ever free. The third gets them key by key, each once the one before has had its effect; what a key does
in some state it is asked only once. All have to end in the same state. There is one rule more: what comes in one
burst with a question, before that was to be seen, closes it, unless it declines; and what follows is left out.

Sequences of more than two keys are too many to try them all. Of the keys that do the same kind of thing in the same
kind of place, one stands for the others; each seed chooses others.
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
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from claw_tui.actions.model import APP, MODES
from claw_tui.actions.registry import ACTIONS, keys_of
from tests.burst_program import ANEW, BACK, REPORT

SENT = {
    "escape": "\x1b", "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "backspace": "\x7f",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "ctrl+p": "\x10", "slash": "/", "colon": ":", "question_mark": "?",
    "exclamation_mark": "!", "comma": ",", "left_square_bracket": "[", "right_square_bracket": "]",
    ANEW: "\x1b[24~", REPORT: "\x1b[23~", "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS",
}  # fmt: skip
_OF_SHEETS = ("escape", "enter", "tab", "up", "down", "home", "pagedown", "backspace", *"nyYqjkgGpic2")
_DECLINING = ("escape", "n", "q")
_DEADLINE_S = 60
# behind Esc, terminals mean another key by them
_AMBIGUOUS = ("b", "f", "tab", "backspace", "left_square_bracket", "O")

_UNCOMPARED = ("visited", "shown")
_KEY_OF_MODE = {mode.name: mode.key for mode in MODES}

State = dict[str, object]


def alphabet(mode: str) -> tuple[str, ...]:
    """Every key that means something in that mode or in a sheet."""
    bound = (key for action in ACTIONS if action.scope in (mode, APP) for key in keys_of(action, {}))
    return tuple(dict.fromkeys((*bound, *_OF_SHEETS)))


class Program:
    """The dashboard on a pseudo terminal."""

    def __init__(self, directory: Path, logs: Path, *, busy: bool, size: tuple[int, int] = (80, 24)) -> None:
        for folder in (directory, logs):
            folder.mkdir(exist_ok=True)
        self._end, inner = os.openpty()
        self._states, pipe = os.pipe()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            (sys.executable, "-m", "tests.burst_program", directory, logs, str(pipe), *(["BUSY"] if busy else [])),
            env={"TERM": "xterm-256color", "ESCDELAY": "1", "HOME": str(directory), "PATH": os.environ["PATH"]}
            | {"PYTHONPATH": f"{root / 'app'}:{root}", "LC_ALL": "C.UTF-8"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=root,
            pass_fds=(pipe,),
            start_new_session=True,
        )
        os.close(inner)
        os.close(pipe)
        self._told = b""
        self._sent = 0
        self._screen = b""
        self._bases: dict[str, State] = {}
        self._state: State = {}

    def press(self, *keys: str) -> State:
        """Write all of these at once; the state that they lead to."""
        self._sent += len(keys)
        os.write(self._end, "".join(SENT.get(key, key) for key in keys).encode())
        limit = time.monotonic() + _DEADLINE_S
        while True:
            assert time.monotonic() < limit, f"it does not come to rest after {keys}: {self._screen[-2000:]!r}"
            assert self._process.poll() is None, f"it ended: {self._screen[-4000:].decode(errors='replace')}"
            for taken, state in self._news():
                if taken == self._sent:
                    self._state = state
                    return state

    def begin(self, mode: str) -> State:
        """Bring it to where that mode begins, by no more than is needed."""
        base = self._bases.get(mode)
        if base is None:
            base = self._bases[mode] = self._begin_anew(mode)
        elif not self._is_at(base):
            self.press(BACK[mode])
            if not self._is_at(base):
                self._begin_anew(mode)
        return base

    def base(self, mode: str) -> State:
        """The state in which that mode begins."""
        return self._bases.get(mode) or self.begin(mode)

    def forget(self) -> None:
        """Trust nothing that was done before."""
        self._state = {}

    def _begin_anew(self, mode: str) -> State:
        self.press(ANEW)
        return self.press(_KEY_OF_MODE[mode])

    def _is_at(self, base: State) -> bool:
        return bool(self._state) and name_of(self._state) == name_of(base)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)
        os.close(self._states)

    def _news(self) -> list[tuple[int, State]]:
        ready = select.select([self._end, self._states], [], [], 1)[0]
        if self._end in ready:
            with suppress(OSError):  # it has ended
                self._screen = (self._screen + os.read(self._end, 65536))[-65536:]
        if self._states not in ready:
            return []
        *lines, self._told = (self._told + os.read(self._states, 1 << 20)).split(b"\n")
        return [(taken, state) for taken, state in map(json.loads, lines)]


def name_of(state: State) -> str:
    """What is compared of a state."""
    return json.dumps({fact: value for fact, value in state.items() if fact not in _UNCOMPARED})


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


class OneByOne:
    """Where keys lead that are pressed one by one. What a key does in some state is tried once."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[tuple[str, str], State] = {}

    def run(self, mode: str, keys: Sequence[str]) -> State:
        """The state that these lead to."""
        known = self._look_up(mode, keys)
        return self._try(mode, keys) if known is None else known

    def place(self, mode: str, keys: Sequence[str]) -> tuple[object, ...]:
        """What keys mean after these: what is on top, whether something is typed, whether the rest is left out."""
        state, left_out = self._program.base(mode), False
        for number in range(len(keys)):
            left_out = left_out or bool(state["left"]) or _closes(state, keys[number])
            state = self.run(mode, keys[: number + 1])
        return state["mode"], _kinds_of_screens(state), str(state["focus"]), any(_texts(state)), left_out

    def forget(self) -> None:
        self._known.clear()

    def _look_up(self, mode: str, keys: Sequence[str]) -> State | None:
        state: State | None = self._program.base(mode)
        for key in keys:
            if state is None or state["left"]:
                break
            closes = _closes(state, key)
            state = self._known.get((name_of(state), "escape" if closes else key))
            if closes:
                break
        return state

    def _try(self, mode: str, keys: Sequence[str]) -> State:
        state = self._program.begin(mode)
        for key in keys:
            closes, before = _closes(state, key), name_of(state)
            state = self._program.press("escape" if closes else key)
            self._known[before, "escape" if closes else key] = state
            if closes or state["left"]:
                break
        return state


class Kinds:
    """Keys that stand for all others: of those that do the same kind of thing in the same kind of place, one."""

    def __init__(self, one_by_one: OneByOne, rng: random.Random) -> None:
        self._one_by_one = one_by_one
        self._rng = rng
        self._known: dict[tuple[object, ...], tuple[str, ...]] = {}

    def sequences(self, mode: str, length: int, begun: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Every sequence of such keys that begins like that."""
        if length == 0:
            yield begun
            return
        for key in self._representatives(mode, begun):
            yield from self.sequences(mode, length - 1, (*begun, key))

    def _representatives(self, mode: str, begun: tuple[str, ...]) -> tuple[str, ...]:
        place = (*self._one_by_one.place(mode, begun), begun[-1:] == ("escape",))
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = self._try_all(mode, begun)
        return known

    def _try_all(self, mode: str, begun: tuple[str, ...]) -> tuple[str, ...]:
        before = self._one_by_one.run(mode, begun)
        kinds: dict[tuple[object, ...], list[str]] = {}
        for key in alphabet(str(before["mode"])):
            keys = (*begun, key)
            if _is_meant(keys):
                after = self._one_by_one.run(mode, keys)
                changed = tuple(fact for fact in after if fact not in _UNCOMPARED and after[fact] != before[fact])
                kinds.setdefault((*self._one_by_one.place(mode, keys), changed), []).append(key)
        return tuple(self._rng.choice(keys) for keys in kinds.values())


class Rivals:
    """Dashboards that get bursts, and one that gets keys one by one."""

    def __init__(self, busy: Sequence[bool] = (False,)) -> None:
        self.differences: list[Difference] = []
        self.tried = 0
        self.unsteady = 0
        self._busy = busy

    def __enter__(self) -> Rivals:
        self._directory = tempfile.TemporaryDirectory()
        base = Path(self._directory.name)
        self._slow = Program(base / "slow", base / "logs", busy=False)
        self._one_by_one = OneByOne(self._slow)
        self._fast = [
            Program(base / f"fast{number}", base / "logs", busy=busy) for number, busy in enumerate(self._busy)
        ]
        self._threads = ThreadPoolExecutor(len(self._fast) + 1)
        return self

    def __exit__(self, *_exception: object) -> None:
        for program in (*self._fast, self._slow):
            program.close()
        self._threads.shutdown()
        self._directory.cleanup()

    def kinds(self, rng: random.Random) -> Kinds:
        """Keys that stand for all others."""
        return Kinds(self._one_by_one, rng)

    def try_keys(self, mode: str, keys: Sequence[str]) -> list[Difference]:
        """Compare what these keys do in that mode."""
        found = self._differences(mode, keys)
        if found:  # by what was known of the single keys, and where something may be left of the bursts before
            for program in (*self._fast, self._slow):
                program.forget()
            self._one_by_one.forget()
            again = self._differences(mode, keys)
            self.unsteady += not again
            found = again
        self.differences += found
        self.tried += 1
        return found

    def _differences(self, mode: str, keys: Sequence[str]) -> list[Difference]:
        bursts = [self._threads.submit(_burst, program, mode, keys) for program in self._fast]
        slow = self._threads.submit(self._one_by_one.run, mode, keys).result()
        return [
            _difference((mode, *keys), one, slow) for one in map(Future.result, bursts) if name_of(one) != name_of(slow)
        ]


def _burst(program: Program, mode: str, keys: Sequence[str]) -> State:
    program.begin(mode)
    return program.press(*keys)


def _difference(keys: tuple[str, ...], fast: State, slow: State) -> Difference:
    facts = {fact: (fast[fact], slow[fact]) for fact in fast if fact not in ("text", "visited")}
    return Difference(keys, {fact: both for fact, both in facts.items() if both[0] != both[1]})


def _closes(state: State, key: str) -> bool:
    """Whether that key, typed before this question was there, closes it without an answer."""
    return _question(state) and key not in (_DECLINING if _question_is_choice(state) else ("escape",))


def _kinds_of_screens(state: State) -> str:
    screens = state["screens"]
    assert isinstance(screens, list)
    return " ".join(str(screen).split()[0] for screen in screens)


def _texts(state: State) -> list[str]:
    typed, filters = state["typed"], state["filters"]
    assert isinstance(typed, list)
    assert isinstance(filters, list)
    return [*typed, *filters]


def _question(state: State) -> bool:
    screens = state["screens"]
    assert isinstance(screens, list)
    return str(screens[-1]).startswith(("ConfirmSheet", "LeaveSheet"))


def _question_is_choice(state: State) -> bool:
    return not state["typed"]


def sequences(
    rivals: Rivals, length: int, rng: random.Random, part: int, parts: int
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every sequence of that many keys in each mode; of more than two, every one of keys of another kind.

    Of many parts that run side by side, each takes some of the pairs, or some of the modes.
    """
    modes = [mode.name for mode in MODES]
    if length > 2:
        for mode in modes[part::parts]:
            yield from ((mode, keys) for keys in rivals.kinds(rng).sequences(mode, length) if _is_meant(keys))
        return
    pairs = [(mode, keys) for mode in modes for keys in itertools.product(alphabet(mode), repeat=length)]
    rng.shuffle(pairs)
    yield from (found for found in pairs[part::parts] if _is_meant(found[1]))


def _is_meant(keys: Sequence[str]) -> bool:
    return not any(one == "escape" and key in _AMBIGUOUS for one, key in itertools.pairwise(keys))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--part", type=int, nargs=2, default=(0, 1), help="which of how many parts")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    end = time.monotonic() + asked.minutes * 60
    part, parts = asked.part
    with Rivals((False, True)) as rivals:
        for mode, keys in sequences(rivals, asked.keys, random.Random(asked.seed), part, parts):
            if time.monotonic() > end:
                print("The time is up.")
                break
            for difference in rivals.try_keys(mode, keys):
                print(difference, flush=True)
            if rivals.tried % 100 == 0:
                print(f"{rivals.tried} tried, {len(rivals.differences)} differ, {rivals.unsteady} once", flush=True)
        print(f"{rivals.tried} bursts of {asked.keys} keys tried, {len(rivals.differences)} differ")
    return bool(rivals.differences)


if __name__ == "__main__":
    sys.exit(main())
