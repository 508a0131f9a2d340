import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_tui.instances.rows import rows_of
from claw_tui.instances.view import ordered
from gateway_core.natural_order import natural_key
from tests.snapshots import NOW, host, instance

IN_ORDER = ["bot", "bot-2", "bot2", "bot10", "bot10a2", "bot10a10", "bot100", "bots"]


def test_numbers_in_names_count_as_numbers() -> None:
    mixed = list(IN_ORDER)
    random.Random(5).shuffle(mixed)
    assert sorted(mixed, key=natural_key) == IN_ORDER


@pytest.mark.parametrize(("less", "more"), [("v007", "v8"), ("a0", "a1"), ("9" * 40, "1" + "0" * 40), ("x9y", "x10")])
def test_zeros_in_front_and_long_numbers(less: str, more: str) -> None:
    assert natural_key(less) < natural_key(more)


@given(st.integers(0), st.integers(0))
def test_any_two_numbers(first: int, second: int) -> None:
    assert (natural_key(f"p{first}") < natural_key(f"p{second}")) is (first < second)


def test_the_tables_order() -> None:
    found = rows_of(host(*(instance(name, 20000) for name in ("bot10", "default", "bot2", "bot1"))), NOW)
    names = [row.instance.profile for row in ordered(found)]
    assert names == ["default", "bot1", "bot2", "bot10"]
