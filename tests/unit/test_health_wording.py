"""What is said of a state in words."""

import pytest

from gateway_core.health.wording import spoken_duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (59.9, "59s"), (80, "1m 20s"), (3600, "1h 0m"), (90_000, "1d 1h"), (-5, "0s")],
)
def test_durations_are_spoken_in_two_units(seconds: float, words: str) -> None:
    assert spoken_duration(seconds) == words
