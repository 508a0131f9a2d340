"""What is said of a state in words."""

import pytest

from gateway_core.distributions.loader import built_in_distributions
from gateway_core.health.wording import spoken_duration, spoken_failing, spoken_unready


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (59.9, "59s"), (80, "1m 20s"), (3600, "1h 0m"), (90_000, "1d 1h"), (-5, "0s")],
)
def test_durations_are_spoken_in_two_units(seconds: float, words: str) -> None:
    assert spoken_duration(seconds) == words


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        (("discord",), "channel discord is not connected"),
        (("discord", "telegram"), "channels discord and telegram are not connected"),
        (("internal", "discord"), "channel discord is not connected; its own check of itself failed"),
        (("crystal",), "its check “crystal” fails"),
        ((), "it is not ready, and does not say why"),
    ],
)
def test_what_fails_is_told_by_what_is_known_of_the_product(failing: tuple[str, ...], words: str) -> None:
    (openclaw,) = (one for one in built_in_distributions() if one.name == "openclaw")
    assert spoken_failing(failing, openclaw) == words


def test_of_another_product_no_check_is_taken_for_a_channel() -> None:
    (moltbot,) = (one for one in built_in_distributions() if one.name == "moltbot")
    assert spoken_failing(("discord",), moltbot) == "its check “discord” fails"
    assert spoken_unready(None) == "it is not ready, and does not say why"
