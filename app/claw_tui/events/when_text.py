"""When something happened that nobody saw, in words: as a moment, a span, or the bounds between which it was."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway_core.events.model import Event, first_at, happened_at, moment


def when_text(event: Event, today: datetime) -> str:
    """`at 02:16`, `from 02:14 to 02:16`, `last at 02:16`, `between 23:10 and 08:02`; empty where nothing tells."""
    if "happened_at" in event.detail:
        first, last = (day_time(one, today) for one in (first_at(event), happened_at(event)))
        if first != last:
            return f"from {first} to {last}"
        of_several = "last " if event.detail.get("count") and "first_at" not in event.detail else ""
        return f"{of_several}{last if ' ' in last else f'at {last}'}"
    after, before = moment(event, "after"), moment(event, "before")
    if after is None or before is None:
        return ""
    begin, end = day_time(after, today), day_time(before, today)
    return f"between {begin} and {end}" if begin != end else f"at about {begin}"


def day_time(when: datetime, today: datetime) -> str:
    """A moment as somebody says it on that day: `02:16`, `yesterday 23:10`, `Nov 28 23:10`."""
    local, day = when.astimezone(), today.astimezone().date()
    time = f"{local:%H:%M}"
    if local.date() == day:
        return time
    return f"yesterday {time}" if day - local.date() == timedelta(days=1) else f"{local:%b %d} {time}"
