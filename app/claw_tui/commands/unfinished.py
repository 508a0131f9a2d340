"""Tells on the command line of onboardings that were not finished, and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway_core.onboarding.places import journals_dir

if TYPE_CHECKING:
    from collections.abc import Collection

    from claw_tui.plain.table import Look
    from gateway_core.host import Host


def unfinished_lines(host: Host, instance_ids: Collection[str], look: Look) -> list[str]:
    """For those of these instances that an onboarding left unfinished. Costs nothing where there never was any."""
    if not any(journals_dir(host).glob("*.json")):
        return []
    from claw_tui.plain.sections import section
    from claw_tui.plain.table import folded
    from claw_tui.presentation.values import clean
    from gateway_core.onboarding.unfinished import UnfinishedRuns

    names = [clean(run.instance) for run in UnfinishedRuns(host).look() if run.instance in instance_ids]
    texts = (
        f"{name}: `claw-tui new --resume {name}` goes on with it, `--undo {name}` takes it back." for name in names
    )
    return section("Unfinished onboarding", [line for text in texts for line in folded(text, look.indented)], look)
