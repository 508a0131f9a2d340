"""Which conflict grade is worse than which."""

from collections.abc import Iterable

from gateway_core.snapshot import Grade

SEVERITY = {grade: rank for rank, grade in enumerate(Grade)}
"""0 is the worst."""


def worst(grades: Iterable[Grade]) -> Grade:
    """The worst of one or more grades."""
    return min(grades, key=SEVERITY.__getitem__)
