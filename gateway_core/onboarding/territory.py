"""Which places a run touches, and whose else they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway_core.distributions import DEFAULT_PROFILE, Distribution
from gateway_core.host import Host
from gateway_core.onboarding.drafting import service_path
from gateway_core.onboarding.inventory import Root, RootKind, added_to, created_in, record, without_others
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.profile_rules import ProfilePlaces, default_dir


def roots_before(host: Host, distribution: Distribution, plan: Plan) -> tuple[Root, ...]:
    """Every place in which the run, or a gateway started by it, may create something, as it is now. Blocks."""
    own = [record(path) for path in _own(host, distribution, plan)]
    shared = [record(path, RootKind.SHARED) for path in _shared(host, distribution, plan)]
    return (*own, *shared)


def created(roots: tuple[Root, ...]) -> tuple[Path, ...]:
    """What is there now and was not before; each directory stands for all that is in it. Blocks."""
    found = [path for root in roots for path in created_in(root)]
    return tuple(path for path in found if not any(path != other and path.is_relative_to(other) for other in found))


def additions(roots: tuple[Root, ...]) -> tuple[str, ...]:
    """All that was added by now to those of them that were there before. Blocks."""
    return tuple(path for root in roots for path in added_to(root))


def without_later_use(roots: tuple[Root, ...], added: tuple[str, ...]) -> tuple[Root, ...]:
    """The same places for a run that goes on: what came into them since, and is not its own, is like what was there.

    Blocks.
    """
    return tuple(without_others(root, frozenset(added)) for root in roots)


def _own(host: Host, distribution: Distribution, plan: Plan) -> Iterator[Path]:
    state_dir, workspace = Path(plan.state_dir), Path(plan.workspace)
    yield state_dir
    if not workspace.is_relative_to(state_dir):
        yield workspace
    if plan.profile == DEFAULT_PROFILE:
        # moltbot renames its state dir to one of these at the next command, and leaves a link.
        yield from (path for stem in distribution.legacy_state_dir_stems if (path := host.home / stem) != state_dir)
    if plan.service:
        yield service_path(host, ProfilePlaces(distribution, plan.profile, state_dir, Path(plan.config_path)))


def _shared(host: Host, distribution: Distribution, plan: Plan) -> Iterator[Path]:
    """Runs under a profile make the default profile's dirs too, for what all profiles share."""
    if plan.profile == DEFAULT_PROFILE:
        return
    state_dir = default_dir(host, distribution)
    yield state_dir
    workspace = distribution.default_workspace(host.home, state_dir, DEFAULT_PROFILE, plan.version)
    if workspace is not None and not workspace.is_relative_to(state_dir) and str(workspace) != plan.workspace:
        yield workspace
