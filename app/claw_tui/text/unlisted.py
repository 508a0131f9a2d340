"""What has no row, and why: gateways in containers and other namespaces, and directories that are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from claw_tui.text.sections import Section, fact, sections_of
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from gateway_core.snapshot import GatewayElsewhere, Snapshot, SupportDir

_WHY_LEFT_OUT = {
    "shared": "holds no config, only what profiles share",
    "copy": "named like a backup, and nothing runs or starts it; if it is a gateway, register its config: claw-tui add",
    "parent": "no state dir itself: those in it are listed",
    "ignored": "you had claw-tui forget it; to list it again:",
    "unnamed": "its name belongs to no profile; if it is a gateway, register its config: claw-tui add",
}


def why_left_out(support: SupportDir) -> str:
    """Why a directory that bears the name of a state dir is not listed as an instance; `listing_command` follows it."""
    return _WHY_LEFT_OUT[support.kind]


def listing_command(support: SupportDir) -> str | None:
    """The command that lists what the user had left out."""
    from gateway_core.shell_commands import add_command

    return clean(str(add_command(support.path))) if support.kind == "ignored" else None


def elsewhere_line(gateway: GatewayElsewhere, but: str = "") -> str:
    """What it is, where it runs, and whose state dir of this host it uses, beside that of `but`."""
    port = f", on port {gateway.port}" if gateway.port is not None else ""
    others = [name for name in gateway.instances if name != but]
    uses = f"; it works in the state dir of {' and '.join(others)}" if others else ""
    return clean(f"a gateway of {gateway.distribution} in {gateway.place} (pid {gateway.pid}){port}{uses}")


def elsewhere_lines(snapshot: Snapshot) -> list[str]:
    return [elsewhere_line(gateway) for gateway in snapshot.elsewhere]


def left_out_lines(snapshot: Snapshot) -> list[str]:
    """The directories that could be taken for instances; what profiles share is told where there is nothing else."""
    dirs = [support for support in snapshot.support_dirs if support.kind != "shared"] if snapshot.instances else []
    return [_left_out_line(support) for support in dirs]


def _left_out_line(support: SupportDir) -> str:
    told = f"{clean(support.path)}: {why_left_out(support)}"
    return " ".join(filter(None, (told, listing_command(support))))


def unseen_lines(snapshot: Snapshot) -> list[str]:
    """Where gateways may be that are not found, because this user could not look there."""
    return [f"{clean(problem.where)}: {clean(problem.message)}" for problem in snapshot.unseen]


def has_unlisted(snapshot: Snapshot) -> bool:
    return bool(snapshot.elsewhere or left_out_lines(snapshot))


def unlisted_sections(snapshot: Snapshot) -> Sequence[Section]:
    """All of it, under the titles that it has in the table of `claw-tui ls`."""
    found = (("Elsewhere", elsewhere_lines(snapshot)), ("Left out", left_out_lines(snapshot)))
    return sections_of(*((title, [fact("", line) for line in lines]) for title, lines in found))
