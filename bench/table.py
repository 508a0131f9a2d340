"""The one table that all benches are printed in."""

from collections.abc import Iterable, Iterator, Sequence

from bench.measurement import Measurement, Result, Unit

_TITLES = ("measure", "ours", "against", "ratio", "reach", "met")
_ABSENT = "–"
_VERDICTS = {True: "yes", False: "NO", None: _ABSENT}


def draw(results: Iterable[Result]) -> str:
    """The table, with the reasons for what is missing below it."""
    lines = [_TITLES, *(_cells(result) for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_TITLES))]
    ruled = [lines[0], tuple("─" * width for width in widths), *lines[1:]]
    return "\n".join("  ".join(_padded(line, widths)).rstrip() for line in ruled)


def _cells(result: Result) -> tuple[str, ...]:
    if not isinstance(result, Measurement):
        return (result.what, "not measured", result.why, "", "", _ABSENT)
    baseline = result.baseline
    return (
        result.what,
        figure(result.ours, result.unit),
        f"{figure(baseline.figure, result.unit)}  {baseline.what}" if baseline else _ABSENT,
        _ABSENT if result.ratio is None else _multiple(result.ratio),
        _reach(result),
        _VERDICTS[result.met],
    )


def _reach(result: Measurement) -> str:
    if result.reach is None:
        return _ABSENT
    return f"≤ {figure(result.reach, result.unit) if result.baseline is None else _multiple(result.reach)}"


def _multiple(ratio: float) -> str:
    return f"{ratio:.2f}×" if ratio >= 0.1 else f"1/{1 / ratio:.0f}"


def figure(value: float, unit: Unit) -> str:
    """A figure as people read it."""
    if unit is Unit.SHARE_OF_A_CORE:
        return f"{100 * value:.1f} {unit}"
    amount = f"{value:.2f} s" if value >= 1 else f"{1000 * value:.3g} ms"
    return f"{amount} CPU" if unit is Unit.CPU_SECONDS else amount


def _padded(line: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    return (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
