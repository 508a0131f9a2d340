"""Bursts of keys on a real terminal: a sample of all that `make bursts` tries."""

from __future__ import annotations

import random

import pytest

from tests.burst_pty import Rivals, alphabet, sequences

_TOLD = (
    ("instances", ("slash", *"dev", "enter", "y", "p")),
    ("instances", ("X", "n", "j", "X", "escape", "y", "i")),
    ("instances", ("X", "y", "y")),
    ("instances", ("colon", *"ports", "enter", "y")),
    ("logs", ("l", "g")),
    ("ports", ("slash", *"18789", "enter", "escape", "1", "G", "space", "k", "space", "R")),
)
"""What people type ahead."""


@pytest.mark.slow
def test_a_burst_leads_to_where_the_same_keys_lead_one_by_one() -> None:
    by_chance = next(sequences(3, random.Random(random.random())))
    with Rivals((False, True)) as rivals:
        for mode, keys in (*_TOLD, by_chance):
            rivals.try_keys(mode, keys)
    assert [str(one) for one in rivals.differences] == []


def test_every_key_of_a_mode_is_tried() -> None:
    assert {"slash", "c", "U", "X", "escape", "q", "j", "G", "n", "y"} <= set(alphabet("instances"))
