"""The welcome on a host without instances: how to begin, and where they were looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Piece, Section, command_fact, fact, sections_of
from claw_tui.text.unlisted import listing_command, unseen_lines, why_left_out
from claw_tui.text.values import clean
from gateway_core.distributions.model import Distribution
from gateway_core.snapshot import Snapshot, SupportDir

if TYPE_CHECKING:
    from gateway_core.onboarding.installed import InstalledProduct


@dataclass(frozen=True, slots=True)
class WaysToBegin:
    """What a front end offers on an empty host: keys to press, or commands."""

    demo: str  # `press d`
    new: str = ""  # what opens the wizard; empty where nothing may be created
    installed: Sequence[InstalledProduct] | None = None  # `None`: nobody has looked


def sections(
    distributions: Iterable[Distribution], snapshot: Snapshot | None, ways: WaysToBegin
) -> tuple[Section, ...]:
    known = tuple(distributions)
    dirs, unseen = (snapshot.support_dirs, unseen_lines(snapshot)) if snapshot else ((), [])
    left_out = (_left_out(support) for support in dirs)
    none = "No gateway was found" + (", but not everything could be seen" if unseen else " on this machine")
    return sections_of(
        (none, [fact("not seen", line, tone=Tone.WARNING) for line in unseen]),
        ("How to begin" if unseen else none, tuple(_how_to_begin(known, ways))),
        ("What was looked for", (*_looked_for(known), *left_out)),
    )


def _left_out(support: SupportDir) -> Fact:
    why, command = Piece(why_left_out(support), Tone.MUTED), listing_command(support)
    listing = (Piece(command, Tone.MUTED, is_command=True),) if command else ()
    return Fact("left out", (Piece(clean(support.path)), why, *listing))


def _how_to_begin(known: tuple[Distribution, ...], ways: WaysToBegin) -> Iterator[Fact]:
    if ways.installed:
        yield from _first_gateway(ways)
    else:
        yield from _install(known, ways)
    yield Fact(ways.demo, (Piece("to try everything on a throw-away home with demo gateways", Tone.STRONG),))
    yield command_fact("somewhere else?", "claw-tui add --config FILE --state-dir DIR", "registers it")


def _first_gateway(ways: WaysToBegin) -> Iterator[Fact]:
    installed = ways.installed or ()
    names = [f"{clean(one.title)} {clean(one.version or '')}".rstrip() for one in installed]
    together = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    there = f"{together} {'is' if len(names) == 1 else 'are'} installed"
    if ways.new:
        yield Fact(ways.new, (Piece(f"for your first gateway: {there}", Tone.STRONG),), Tone.NOTICE)
    else:
        yield fact("here", there)
    for one in installed:
        yield fact("", clean(one.path), tone=Tone.MUTED)


def _install(known: tuple[Distribution, ...], ways: WaysToBegin) -> Iterator[Fact]:
    example = next((distribution for distribution in known if distribution.name == "openclaw"), None)
    if example is None:
        return
    yield command_fact("install one", clean(example.install_command), _then(ways), Tone.STRONG)
    first = f"{ways.new}, or run {clean(example.command)} onboard" if ways.new else f"{clean(example.command)} onboard"
    yield fact("", first, "it appears here by itself")


def _then(ways: WaysToBegin) -> str:
    return "such as this one, then" if ways.installed is not None else "unless you have one; then"


def _looked_for(known: tuple[Distribution, ...]) -> Iterator[Fact]:
    for distribution in known:
        stem = clean(distribution.state_dir_stem)
        yield fact(clean(distribution.title), f"~/{stem}  ~/{stem}-PROFILE")
    yield fact("of each", "its services, lock files and running gateways")
    yield fact("besides", "registered instances, and the paths that the environment names")
