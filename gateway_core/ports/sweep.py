"""The sweep line: which of many spans overlap."""

from collections.abc import Iterable, Iterator

Span = tuple[int, int, int]
"""First port, last port, and a number of the caller's to know it by."""


def overlapping(spans: Iterable[Span]) -> Iterator[tuple[int, int]]:
    """The numbers of every two spans that share a port. The spans come in order; one step for each, and each pair."""
    open_spans: list[Span] = []
    furthest_end = -1
    for span in spans:
        start, end, number = span
        if start > furthest_end:
            open_spans = [span]
            furthest_end = end
            continue
        open_spans = [earlier for earlier in open_spans if earlier[1] >= start]
        for earlier in open_spans:
            yield earlier[2], number
        open_spans.append(span)
        furthest_end = max(furthest_end, end)
