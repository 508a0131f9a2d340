"""Bursts of keys on a real terminal: a sample of all that `make bursts` tries."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from tests.burst_pty import Pair, alphabet, sequences

_TOLD = (
    ("1", tuple("/dev")),
    ("1", ("slash", *"dev", "enter", "y", "p")),
    ("1", (*"/x", "escape", "question_mark")),
    ("1", ("X", "y", "y")),
    ("1", ("X", "X")),
    ("1", ("X", "n", "j", "X", "escape", "y", "i")),
    ("1", ("colon", *"ports", "enter", "y")),
    ("1", ("l", "y", "m", "e", "y", "l")),
    ("2", ("slash", *"18789", "enter", "escape", "1", "G", "space", "k", "space", "R")),
    ("3", ("i", "j", "enter", "slash", *"12", "enter", "n", "N", "G")),
    ("4", ("1", "q", "U")),
)
"""What people type ahead."""


@pytest.mark.slow
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_a_burst_leads_to_where_the_same_keys_lead_one_by_one(busy: bool) -> None:
    rng = random.Random(random.random())
    by_chance = (*islice(sequences(2, rng), 2), *islice(sequences(3, rng), 2))
    with Pair(busy=busy) as pair:
        for mode, keys in (*_TOLD[busy::2], *by_chance):
            pair.try_keys(mode, keys)
    assert [str(one) for one in pair.differences] == []


def test_every_key_of_a_mode_is_tried() -> None:
    assert {"slash", "c", "U", "X", "escape", "q", "j", "G", "n", "y"} <= set(alphabet("instances"))
