from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_tui.text import values


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=-5), "0s"),
        (timedelta(seconds=59.9), "59s"),
        (timedelta(minutes=1), "1m"),
        (timedelta(minutes=59, seconds=59), "59m"),
        (timedelta(hours=3, minutes=2), "3h02"),
        (timedelta(days=5, hours=7), "5d07"),
        (timedelta(days=420), "420d"),
    ],
)
def test_a_duration_takes_five_columns_at_most(span: timedelta, text: str) -> None:
    assert values.duration(span) == text
    assert len(text) <= 5


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (2048, "2K"),
        (614 << 20, "614M"),
        (int(1.25 * (1 << 30)), "1.2G"),
        (40 << 30, "40G"),
        (3 << 40, "3.0T"),
    ],
)
def test_memory(size: int, text: str) -> None:
    assert values.memory(size) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0.0%"), (0.44, "0.4%"), (9.97, "10%"), (99.6, "100%"), (388, "388%")]
)
def test_percent(share: float, text: str) -> None:
    assert values.percent(share) == text


def test_ranges_and_counts() -> None:
    assert values.port_range(18789, 18789) == "18789"
    assert values.port_range(18800, 18899) == "18800–18899"
    assert (values.count(1, "conflict"), values.count(3, "conflict")) == ("1 conflict", "3 conflicts")


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("abc\u202egnp", "abc\\u202egnp"),
        ("\x9b1m", "\\x9b1m"),
        ("\ud800", "\\ud800"),
        ("grüße 猫", "grüße 猫"),
        ("[red]", "[red]"),
    ],
)
def test_clean_escapes_what_a_terminal_would_act_on(foreign: str, shown: str) -> None:
    assert values.clean(foreign) == shown


@given(st.text())
def test_clean_text_is_safe_and_stays_as_it_is(text: str) -> None:
    once = values.clean(text)
    assert values.clean(once) == once
    assert all(char.isprintable() or char.isspace() for char in once)
    assert not {"\x1b", "\n", "\r"} & set(once)


def test_shorten_leaves_out_the_middle() -> None:
    assert values.shorten("/home/someone/.openclaw-rescue", 20) == "/home/…enclaw-rescue"
    assert values.shorten("short", 20) == "short"
    assert values.shorten("anything", 1) == "…"
    assert values.shorten("anything", 0) == ""


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), st.integers(0, 30))
def test_shortened_and_padded_text_fits(text: str, columns: int) -> None:
    assert values.width(values.shorten(text, columns)) <= columns
    assert values.width(values.pad(text, columns)) == columns
    assert values.width(values.pad(text, columns, right=True)) == columns
