"""The tuning of the garbage collector: what is old is collected, and nothing where nothing is new."""

import gc
from weakref import ref

import pytest

from claw_tui.gc_tuning import collect_old


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.mark.parametrize(("counts", "stays"), [((19_000, 0, 0), True), ((5, 1, 0), False), ((5, 0, 1), False)])
def test_what_is_old_is_collected_once_there_is_enough_of_what_is_new(
    counts: tuple[int, int, int], stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.collect()
    gc.disable()
    try:
        ring = ref(Ring())
        monkeypatch.setattr(gc, "get_count", lambda: counts)
        collect_old()
        assert (ring() is not None) is stays
    finally:
        gc.enable()
