"""The rules about the profile: which one is meant, and whether its name and its state dir may be used."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway_core.discovery.naming import config_path_in, standard_state_dir
from gateway_core.distributions.homes import caller_home
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import DEFAULT_PROFILE, PROFILE_PATTERN, Distribution, profile_suffix
from gateway_core.files import listing_of, real_path
from gateway_core.host import Host
from gateway_core.onboarding.choices import ChoiceProblem, Choices, Field, Preset, ProblemCode, choice_problem
from gateway_core.shell_commands import add_command, own_command
from gateway_core.snapshot import Instance, Snapshot

_problem = partial(choice_problem, Field.PROFILE)

LONGEST_NAME = 64
_PRESET_NAMES = {Preset.MAIN: DEFAULT_PROFILE, Preset.RESCUE: "rescue", Preset.DEV: "dev"}


@dataclass(frozen=True, slots=True)
class ProfilePlaces:
    """The places of a profile of a distribution, whether they exist or not."""

    distribution: Distribution
    profile: str
    state_dir: Path
    config_path: Path

    @property
    def id(self) -> str:
        return f"{self.distribution.name}:{self.profile}"


def wanted_profile(choices: Choices, source: Instance | None) -> str:
    """Return the profile that was named, else the one that goes with the preset."""
    if choices.profile is not None:
        return choices.profile
    if choices.preset is Preset.COPY_OF:
        return f"{(source and source.profile) or DEFAULT_PROFILE}-copy"
    return _PRESET_NAMES[choices.preset]


def places_of(host: Host, distribution: Distribution, profile: str) -> ProfilePlaces:
    """Return where the naming scheme puts that profile. Looks at the disk."""
    state_dir = standard_state_dir(distribution, caller_home(host, distribution), profile)
    return ProfilePlaces(distribution, profile, state_dir, config_path_in(distribution, state_dir, profile))


def name_problem(choices: Choices, profile: str) -> ChoiceProblem | None:
    """Return what is wrong with the name itself, whatever else there is on the host."""
    if not profile.strip():
        return _problem(ProblemCode.NAME_EMPTY, "A profile needs a name.", "Type one.")
    if profile.lower() == DEFAULT_PROFILE:
        if choices.preset is Preset.MAIN and profile == DEFAULT_PROFILE:
            return None
        message = "“default” is no name for a profile: it stands for the one without a name."
        return _problem(ProblemCode.NAME_DEFAULT, message, "Type another name, or choose the preset “main”.")
    if len(profile) > LONGEST_NAME:
        message = f"The name has {len(profile)} characters; gateways accept at most {LONGEST_NAME}."
        return _problem(ProblemCode.NAME_TOO_LONG, message, "Shorten it.", _cleaned(profile))
    if not re.fullmatch(PROFILE_PATTERN, profile.lower(), re.ASCII):
        message = f"A name is made of a–z, 0–9, “-” and “_”, and begins with a letter or a digit: {_offence(profile)}."
        cleaned = _cleaned(profile)
        return _problem(ProblemCode.NAME_CHARACTERS, message, None, cleaned)
    return None


def _offence(profile: str) -> str:
    wrong = dict.fromkeys(re.findall(r"[^A-Za-z0-9_-]", profile))
    if not wrong:
        return f"not with “{profile[0]}”"
    return f"{', '.join(f'“{character}”' for character in wrong)} cannot be in it"


def profile_problems(
    host: Host, distributions: Distributions, snapshot: Snapshot, choices: Choices, places: ProfilePlaces
) -> Iterator[ChoiceProblem]:
    """Return why a profile with an acceptable name is in another one's way, or that it is there already."""
    owner = owner_of(snapshot, places)
    problem = (
        _differs_in_case(host, places)
        or _taken(places, owner)
        or _unlisted(snapshot, places, owner)
        or _adopts(host, snapshot, places)
        or _pushes_twin(host, distributions, snapshot, places)
        or _unusable(places)
    )
    if problem is not None:
        yield problem
    elif owner is not None:
        yield from _existing(owner, choices)


def owner_of(snapshot: Snapshot, places: ProfilePlaces) -> Instance | None:
    """Return the instance that lives there already, of whatever product."""
    return snapshot.instance(places.id) or _user_of(snapshot, places.state_dir)


def _differs_in_case(host: Host, places: ProfilePlaces) -> ChoiceProblem | None:
    lower = places.profile.lower()
    home = caller_home(host, places.distribution)
    twin = next((name for name in _names_in(home) if _same_but_case(name, places.state_dir.name)), None)
    if twin is not None:
        message = f"“{places.profile}” differs only in upper and lower case from the profile in {home / twin}."
        return _problem(ProblemCode.NAME_CASE, message, "Choose a name that cannot be mistaken for it.")
    if places.profile != lower:
        message = f"Gateways do not tell “{places.profile}” from “{lower}” everywhere."
        return _problem(ProblemCode.NAME_CASE, message, f"Write it in lower case: “{lower}”.", lower)
    return None


def _taken(places: ProfilePlaces, owner: Instance | None) -> ChoiceProblem | None:
    """Return whose state dir it is: two products share `~/.clawdbot*`, and a registered instance may live anywhere."""
    if owner is None or owner.id == places.id:
        return None
    message = f"{places.state_dir} is the state dir of {owner.id}; {places.id} would share it."
    return _problem(ProblemCode.STATE_DIR_TAKEN, message, "Choose another profile name.")


def _unlisted(snapshot: Snapshot, places: ProfilePlaces, owner: Instance | None) -> ChoiceProblem | None:
    """Return whose config is there already although nothing is listed: of what is left out, or taken for a backup.

    Whether that runs, and what onboarding would change of it, is only known of what is listed.
    """
    config = real_path(places.config_path)
    left_out = (item.path for item in snapshot.support_dirs if item.kind == "ignored")
    if owner is not None or not (os.path.lexists(config) or config in map(real_path, left_out)):
        return None
    message = f"{places.config_path} is the config of a gateway that is not listed; onboarding would change it."
    add = add_command(places.config_path)
    return _problem(ProblemCode.STATE_DIR_TAKEN, message, f"Choose another profile name, or list it first: {add}")


def _adopts(host: Host, snapshot: Snapshot, places: ProfilePlaces) -> ChoiceProblem | None:
    """Seen with openclaw 2026.9.6: `~/.clawdbot` renamed to `~/.openclaw`, its config used and changed."""
    victim = adopted_dir(host, places.distribution) if places.profile == DEFAULT_PROFILE else None
    if victim is None:
        return None
    own = caller_home(host, places.distribution) / places.distribution.state_dir_stem
    user = _user_note(snapshot, victim)
    message = (
        f"{places.distribution.title} would take over {victim}{user}: it renames it to {own} and changes its config."
    )
    return _problem(ProblemCode.ADOPTS_OLDER, message, "Choose a named profile: that leaves it alone.")


def _pushes_twin(
    host: Host, distributions: Distributions, snapshot: Snapshot, places: ProfilePlaces
) -> ChoiceProblem | None:
    """Warn about moltbot's default profile: it lives in `~/.moltbot` only as long as there is no `~/.clawdbot`."""
    if places.profile != DEFAULT_PROFILE or os.path.exists(places.state_dir):  # noqa: PTH110
        return None
    for other in distributions:
        if other.state_dir_stem != places.distribution.state_dir_stem or other.name == places.distribution.name:
            continue
        home = standard_state_dir(other, caller_home(host, other), DEFAULT_PROFILE)
        if home != places.state_dir:
            message = f"With {places.state_dir} there, {other.title} would not find {home}{_user_note(snapshot, home)}."
            return _problem(ProblemCode.STATE_DIR_TAKEN, message, "Choose a named profile.")
    return None


def _unusable(places: ProfilePlaces) -> ChoiceProblem | None:
    if not os.path.lexists(places.state_dir) or os.path.isdir(places.state_dir):  # noqa: PTH112
        return None
    message = f"{places.state_dir} is in the way: it is not a directory."
    return _problem(ProblemCode.STATE_DIR_UNUSABLE, message, "Move it away, or choose another profile name.")


def _existing(owner: Instance, choices: Choices) -> Iterator[ChoiceProblem]:
    if owner.signals.process is not None:
        message = f"{owner.id} is there already, and runs (pid {owner.signals.process.pid})."
        yield _problem(
            ProblemCode.RUNS, message, f"Choose another name, or stop it first: {own_command('stop', owner.id)}"
        )
    elif not choices.confirm_existing:
        what = "there already" if owner.config.exists else f"there already, unfinished, in {owner.state_dir}"
        message = f"{owner.id} is {what}; onboarding would change it."
        yield _problem(ProblemCode.NAME_EXISTS, message, "Choose another name, or confirm it: --confirm-existing.")


def _user_of(snapshot: Snapshot, state_dir: Path) -> Instance | None:
    here = real_path(state_dir)
    users = (item for item in snapshot.instances if item.state_dir and real_path(item.state_dir) == here)
    return next(users, None)


def _user_note(snapshot: Snapshot, state_dir: Path) -> str:
    user = _user_of(snapshot, state_dir)
    return f", the state dir of {user.id}" if user else ""


def _names_in(directory: Path) -> list[str]:
    return list(listing_of(directory).names)


def _same_but_case(one: str, other: str) -> bool:
    return one != other and one.lower() == other.lower()


def _cleaned(name: str) -> str | None:
    cleaned = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:LONGEST_NAME]
    return cleaned if cleaned and cleaned != DEFAULT_PROFILE else None


def adopted_dir(host: Host, distribution: Distribution) -> Path | None:
    """Return an older product's dir that a command adopts while it has no default dir of its own."""
    home = caller_home(host, distribution)
    if os.path.exists(home / distribution.state_dir_stem):  # noqa: PTH110
        return None
    older = (home / stem for stem in distribution.adopted_state_dir_stems)
    return next((path for path in older if os.path.exists(path)), None)  # noqa: PTH110


def default_dir(host: Host, distribution: Distribution) -> Path:
    """Return the default profile's dir, which other profiles use as well for what they share."""
    return caller_home(host, distribution) / f"{distribution.state_dir_stem}{profile_suffix(None)}"
