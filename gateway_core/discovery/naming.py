"""The naming scheme: from profile to state dir and config path, and back."""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from gateway_core.distributions.model import DEFAULT_PROFILE, PROFILE_PATTERN, Distribution, profile_suffix

_PROFILE = re.compile(PROFILE_PATTERN, re.IGNORECASE | re.ASCII)


def is_profile_name(name: str) -> bool:
    """Whether the gateways accept that name after `--profile` and give it a state dir of its own."""
    return name.lower() != DEFAULT_PROFILE and _PROFILE.fullmatch(name) is not None


def standard_state_dir(distribution: Distribution, home: Path, profile: str | None) -> Path:
    """Return the state dir that the naming scheme gives that profile.

    A default profile lives under a legacy name when only that one exists; a named profile never does.
    """
    own = home / f"{distribution.state_dir_stem}{profile_suffix(profile)}"
    if profile in (None, DEFAULT_PROFILE) and not os.path.exists(own):  # noqa: PTH110 - a home that may not be looked into is no error
        legacy = (home / stem for stem in distribution.legacy_state_dir_stems)
        return next((path for path in legacy if os.path.exists(path)), own)  # noqa: PTH110
    return own


def profile_of(distribution: Distribution, home: Path, state_dir: Path) -> str | None:
    """The profile whose state dir this is under the naming scheme; `None` outside it."""
    if state_dir.parent != home:
        return None
    name = state_dir.name
    if name == distribution.state_dir_stem or name in distribution.legacy_state_dir_stems:
        return DEFAULT_PROFILE
    profile = name.removeprefix(f"{distribution.state_dir_stem}-")
    return profile if profile != name and is_profile_name(profile) else None


_COPY_WORDS = frozenset((
    "archive", "archived", "backup", "backups", "bak", "bkp", "broken", "copy", "old", "orig", "original", "previous",
    "save", "saved",
))  # fmt: skip
_TIMES = frozenset(("before", "pre"))
"""Words before what was done then: `.openclaw-before-update`."""
_DATED = re.compile(r"(^|\D)(19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d(\D|$)|\d{10,}")


def is_named_like_copy(distribution: Distribution, name: str) -> bool:
    """Whether a directory has the name of a state dir with the mark of a backup: `.openclaw.bak`, `.openclaw-20260215`.

    A profile may really be called like that, so the name alone decides nothing where a profile can have it.
    """
    rest = name.removeprefix(distribution.state_dir_stem)
    if rest == name or rest[:1].isalnum():
        return False
    return hints_at_copy(rest) or rest.endswith("~")


def hints_at_copy(name: str) -> bool:
    """Whether there is a date in the name, or a word that people use for backups, though for other things, too."""
    words = [word for word in re.split(r"[-_.~()\s]+", name.lower()) if word]
    marked = any(word.rstrip("0123456789") in _COPY_WORDS for word in words)
    return marked or not _TIMES.isdisjoint(words[:-1]) or _DATED.search(name) is not None


_MARK = r"""
    (?: (?:backups?|bak|bkp|old)\d*
      | (?:19|20)\d\d[-_]?[01]\d[-_]?[0-3]\d(?:[-_]?T?\d{4,6}Z?)?
      | \d{10,} )
"""
_MARKED = rf"(?ix) (?:^|(?<![-_])[-_]+){_MARK}[-_]*$ | ^{_MARK}(?:[-_]+|$)"


def copied_profile(profile: str) -> str | None:
    """The profile whose backup has that name: `work` of `work-old`, the default of `20260215`. `None`: of none."""
    if not hints_at_copy(profile):
        return None
    rest, before = profile, ""
    while rest != before:
        before, rest = rest, re.sub(_MARKED, "", rest)
    return None if rest == profile else rest or DEFAULT_PROFILE


def digits_of_place(place: str) -> str:
    """A few digits that tell one place from another and never change."""
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:4]


def config_path_in(distribution: Distribution, state_dir: Path, profile: str | None) -> Path:
    """The config that a gateway with that state dir reads: the first that exists, else the one it would create.

    Only the default profile falls back to legacy names.
    """
    names = distribution.config_names if profile in (None, DEFAULT_PROFILE) else distribution.config_names[:1]
    if len(names) == 1:
        return state_dir / names[0]
    paths = [state_dir / name for name in names]
    return next((path for path in paths if os.path.lexists(path)), paths[0])


def config_owners(
    state_dir: Path, candidates: Sequence[tuple[Distribution, str]]
) -> list[tuple[Distribution, str, Path]]:
    """Return which of several distributions, each with its profile, read a config of that dir, and which config.

    Two products share `~/.clawdbot*`: a config that bears one's own name is no fallback of the other's.
    """
    return [
        (distribution, profile, config)
        for distribution, profile in candidates
        if (config := _config_read_by(distribution, state_dir, profile, candidates))
    ]


def _config_read_by(
    distribution: Distribution, state_dir: Path, profile: str, candidates: Sequence[tuple[Distribution, str]]
) -> Path | None:
    names = distribution.config_names if profile == DEFAULT_PROFILE else distribution.config_names[:1]
    others = {other.config_names[0] for other, _ in candidates if other is not distribution}
    mine = (state_dir / name for name in names if name == distribution.config_names[0] or name not in others)
    return next((config for config in mine if os.path.lexists(config)), None)
