"""Random keys, as of somebody who tries everything at once."""

from __future__ import annotations

import random
from string import ascii_letters, digits

_SPECIAL = (
    "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1b", "\x1b", "\x1b", "\r",
    "\r", "\t", "\x1b[Z", " ", "\x7f", "\x10",
)  # fmt: skip
"""Arrows, pages, home and end, escape, enter, tab, back tab, space, backspace, and the palette."""
_WORDS = ("openclaw", "err", "18789", ".*", "(", "$(x)", "漢字", "é", "y", "2")
_PLAIN = ascii_letters + digits + "/[]?:-.,"
_MODES = "1234"


def some_keys(rng: random.Random) -> str:
    """What is pressed next: a key, a word, a click, or a way out of wherever that led."""
    chance = rng.random()
    if chance < 0.45:
        return rng.choice(_PLAIN)
    if chance < 0.75:
        return rng.choice(_SPECIAL)
    if chance < 0.85:
        return f"\x1b{rng.choice(_MODES)}" if rng.random() < 0.1 else rng.choice(_MODES)
    if chance < 0.9:
        return f"/{rng.choice(_WORDS)}\r"
    if chance < 0.97:
        return _click(rng)
    return "\x1b\x1b\x1b1"


def _click(rng: random.Random) -> str:
    """A click of the left button, or a turn of the wheel."""
    column, line = rng.randint(1, 120), rng.randint(1, 36)
    button = rng.choice((0, 0, 64, 65))
    pressed = f"\x1b[<{button};{column};{line}M"
    return pressed if button else f"{pressed}\x1b[<0;{column};{line}m"
