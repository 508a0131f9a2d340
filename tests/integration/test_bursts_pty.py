"""Bursts of keys on a real terminal, as people type them; `make bursts` tries all others."""

from __future__ import annotations

import pytest

from claw_tui.actions.model import MODES
from tests.burst_pty import SENT, Rivals, alphabet

_TOLD = (
    ("slash", *"dev", "enter", "y", "p"),
    ("X", "n", "j", "X", "escape", "y", "i"),
    ("X", "y", "y"),
    ("3", "l", "g"),
    ("colon", *"ports", "enter", "slash", *"18789", "enter", "escape", "1", "G", "space", "k", "space", "R"),
)
"""What people type ahead; last what leads to other modes, behind which everything has to be made anew."""


@pytest.mark.slow
def test_a_burst_leads_to_where_the_same_keys_lead_one_by_one() -> None:
    with Rivals((False, True)) as rivals:
        for keys in _TOLD:
            rivals.try_keys("instances", keys)
    assert [str(one) for one in rivals.differences] == []


def test_every_key_of_a_mode_is_tried() -> None:
    keys = {key for mode in MODES for key in alphabet(mode.name)}
    assert [key for key in keys if len(key) > 1 and key not in SENT] == []
    assert {"slash", "c", "U", "X", "escape", "q", "j", "G", "n", "y"} <= set(alphabet("instances"))
