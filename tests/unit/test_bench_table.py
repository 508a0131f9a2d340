"""What the table of the benches says of a figure."""

import pytest

from bench.measurement import Baseline, Measurement, NotMeasured, Unit
from bench.table import draw, figure


def cells(result: Measurement | NotMeasured) -> list[str]:
    line = draw([result]).splitlines()[2]
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0041, Unit.SECONDS, "4.1 ms"),
        (1.5, Unit.SECONDS, "1.50 s"),
        (0.004, Unit.CPU_SECONDS, "4 ms CPU"),
        (0.0271, Unit.SHARE_OF_A_CORE, "2.7 % of a core"),
    ],
)
def test_figures_are_readable(value: float, unit: Unit, text: str) -> None:
    assert figure(value, unit) == text


def test_a_ratio_is_held_against_its_reach() -> None:
    slow = Measurement("a look", 0.9, baseline=Baseline("the floor", 0.3), reach=2.0)
    assert cells(slow) == ["a look", "900 ms", "300 ms", "the floor", "3.00×", "≤ 2.00×", "NO"]
    assert cells(Measurement("a look", 0.6, baseline=Baseline("the floor", 0.3), reach=2.0))[-1] == "yes"


def test_small_ratios_are_fractions() -> None:
    cheap = Measurement("cpu", 0.004, Unit.CPU_SECONDS, Baseline("theirs", 3.2), 1 / 200)
    assert cells(cheap)[-3:] == ["1/800", "≤ 1/200", "yes"]


def test_a_figure_without_a_baseline_is_held_against_the_reach_itself() -> None:
    assert cells(Measurement("first look", 1.6, reach=1.5))[-2:] == ["≤ 1.50 s", "NO"]
    assert Measurement("for information", 1.6).met is None


def test_what_could_not_be_measured_says_why() -> None:
    assert cells(NotMeasured("vendor", "no openclaw"))[:3] == ["vendor", "not measured", "no openclaw"]
