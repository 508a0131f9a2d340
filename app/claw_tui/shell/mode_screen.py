"""The base class of all modes: the lines at the top and the bottom, and the snapshot that is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from textual.app import App, ComposeResult, ReturnType
from textual.events import Key
from textual.screen import Screen

from claw_tui.actions import registry
from claw_tui.actions.model import APP, PORTS, Mode, Situation
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.shell.bars import ActionBar, HostBar
from claw_tui.shell.dashboard_app import Observed
from claw_tui.shell.problems import Problems
from claw_tui.shell.toasts import remove_empty_holders
from claw_tui.text.hints import in_keys, sections_in_keys
from claw_tui.text.sections import Section
from claw_tui.text.states import TallyCalls, host_summary
from claw_tui.text.unread import Unread
from claw_tui.text.values import clean
from gateway_core.snapshot import Instance, Snapshot, State

_REFUSAL_S = 4
_TALLY_CALLS = TallyCalls(
    conflicts=f"app.switch_mode('{PORTS.name}')",
    problems="app.problems",
    unlisted="app.unlisted",
    only=lambda state: f"app.show_only('{state.value}')",
)


@dataclass(frozen=True, slots=True)
class ModeContext:
    """The objects that every mode is made with."""

    host: GatewayHost
    snapshot: Observed[Snapshot | None]
    problems: Problems
    situation: Callable[[], Situation]
    keymap: Mapping[str, str]  # the user's own keys, by action
    unread: Observed[Unread]


class ModeScreen(Screen[None]):
    """A mode: subclasses compose what lies between the two lines, and show each snapshot."""

    _is_composed = False
    """Whether its widgets are there. What it can do is asked before, too, and as the dashboard ends."""
    _bound: frozenset[str] | None = None
    """The actions possible when the bindings were last refreshed, which draws the whole footer."""

    def __init__(self, context: ModeContext) -> None:
        super().__init__()
        self.context = context

    @property
    def host(self) -> GatewayHost:
        return self.context.host

    @property
    def snapshot(self) -> Snapshot | None:
        return self.context.snapshot.value

    @property
    def chosen(self) -> Instance | None:
        """The instance that actions are about."""
        return None

    @property
    def filtered(self) -> bool:
        return False

    @property
    def shown_states(self) -> Collection[State]:
        """The states that the mode is filtered by, which the header marks."""
        return ()

    def compose(self) -> ComposeResult:
        yield HostBar()
        yield from self.compose_mode()
        yield ActionBar()

    def compose_mode(self) -> ComposeResult:
        raise NotImplementedError

    def on_mount(self) -> None:
        self._is_composed = True
        self.context.unread.follow(self, self._update_host_bar, at_once=False)
        self.context.snapshot.follow(self, self.follow)
        self.context.problems.own.follow(self, self.follow, at_once=False)
        self.bindings_updated_signal.subscribe(self, self._remember_bindings)

    def on_screen_resume(self) -> None:
        remove_empty_holders(self)

    def follow(self) -> None:
        self._update_host_bar()
        self.show_snapshot()
        if self._possible_actions() != self._bound:
            self.refresh_bindings()

    def _remember_bindings(self, _: Screen[object]) -> None:
        self._bound = self._possible_actions()

    def _possible_actions(self) -> frozenset[str]:
        of_app = registry.possible(self.context.situation(), APP)
        return of_app | registry.possible(self.situation, self.app.current_mode)

    def show_snapshot(self) -> None:
        """Show the newest snapshot, or that there is none yet."""
        raise NotImplementedError

    async def point_at(self, instance_id: str) -> None:
        """Bring that instance into view: another mode refers to it."""
        raise NotImplementedError

    def on_key(self, event: Key) -> None:
        """Answer a key that cannot do now what it is for: none is silent."""
        bound = self.active_bindings.get(event.key)
        if bound is not None and bound.enabled:
            return
        refused = registry.refusal(event.key, self.situation, self.app.current_mode, self.context.keymap)
        if refused is not None:
            title, reason = refused
            self.notify(
                clean(in_keys(reason, self.key_of)), title=title, severity="warning", timeout=_REFUSAL_S, markup=False
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        return self._is_composed and self.is_attached and registry.can(action, self.situation, self.app.current_mode)

    @property
    def situation(self) -> Situation:
        return replace(self.context.situation(), instance=self.chosen, filtered=self.filtered)

    def key_of(self, action_id: str) -> str:
        """Return how the first key of that action is shown; empty if the user's keymap leaves it none."""
        action = registry.named(action_id)
        return next(registry.shown_keys(action, self.context.keymap, self.app.get_key_display), "")

    def with_keys(self, sections: Iterable[Section]) -> tuple[Section, ...]:
        """Return the sections with keys in the place of commands; where nothing may be operated, these stay."""
        return tuple(sections) if self.host.operator is None else sections_in_keys(sections, self.key_of)

    def _update_host_bar(self) -> None:
        bar, snapshot = self.query_one(HostBar), self.snapshot
        bar.badges = self.host.badges
        bar.unread = self.context.unread.value
        bar.host = snapshot.host if snapshot else ""
        problems = self.context.problems.all
        bar.tallies = host_summary(snapshot, problems, _TALLY_CALLS, self.shown_states) if snapshot else ()


async def show_instance(app: App[ReturnType], mode: Mode, instance_id: str) -> None:
    """Switch to a mode and let it point at that instance."""
    await app.switch_mode(mode.name)
    if isinstance(app.screen, ModeScreen):
        await app.screen.point_at(instance_id)
