"""The welcome on a host without instances: where they were looked for, and how to begin."""

from collections.abc import Iterable, Iterator

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Piece, Section, command_fact, fact, sections_of
from claw_tui.text.unlisted import listing_command, unseen_lines, why_left_out
from claw_tui.text.values import clean
from gateway_core.distributions.model import Distribution
from gateway_core.snapshot import Snapshot, SupportDir


def sections(distributions: Iterable[Distribution], snapshot: Snapshot | None, demo: str) -> tuple[Section, ...]:
    """The welcome on a host without gateways; `demo` is what starts the demo: a key to press or a command."""
    known = tuple(distributions)
    dirs, unseen = (snapshot.support_dirs, unseen_lines(snapshot)) if snapshot else ((), [])
    left_out = (_left_out(support) for support in dirs)
    none = "No gateway was found" + (", but not everything could be seen" if unseen else " on this machine")
    return sections_of(
        (none, [fact("not seen", line, tone=Tone.WARNING) for line in unseen]),
        ("How to begin" if unseen else none, tuple(_how_to_begin(known, demo))),
        ("What was looked for", (*_looked_for(known), *left_out)),
    )


def _left_out(support: SupportDir) -> Fact:
    why, command = Piece(why_left_out(support), Tone.MUTED), listing_command(support)
    listing = (Piece(command, Tone.MUTED, is_command=True),) if command else ()
    return Fact("left out", (Piece(clean(support.path)), why, *listing))


def _how_to_begin(known: tuple[Distribution, ...], demo: str) -> Iterator[Fact]:
    yield Fact(demo, (Piece("to try everything on a throw-away home with demo gateways", Tone.STRONG),))
    example = next((distribution for distribution in known if distribution.name == "openclaw"), None)
    if example is not None:
        yield command_fact("install one", clean(example.install_command), "then", Tone.STRONG)
        yield fact("", f"{clean(example.command)} onboard", "it appears here by itself")
    yield command_fact("somewhere else?", "claw-tui add --config FILE --state-dir DIR", "registers it")


def _looked_for(known: tuple[Distribution, ...]) -> Iterator[Fact]:
    for distribution in known:
        stem = clean(distribution.state_dir_stem)
        yield fact(clean(distribution.title), f"~/{stem}  ~/{stem}-PROFILE")
    yield fact("of each", "its services, lock files and running gateways")
    yield fact("besides", "registered instances, and the paths that the environment names")
