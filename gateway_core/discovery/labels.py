"""Labels of instances outside the naming scheme: the part of their place that people would call them by.

The path alone decides, so that a label is the same at every look, whether the gateway runs or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from gateway_core.discovery.naming import digits_of_place, profile_of
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution

_GENERIC = frozenset((
    "agents", "app", "apps", "bin", "bots", "config", "data", "etc", "gateway", "gateways", "home", "lib", "local",
    "media", "mnt", "opt", "private", "run", "share", "srv", "state", "tmp", "usr", "users", "var", "volumes",
))  # fmt: skip
"""Names of directories that say nothing about whose files are in them."""
_UNUSUAL = re.compile(r"[^\w-]+")


def place_labels(
    distributions: Iterable[Distribution], state_dir: Path, config_path: Path | None, otherwise: str = ""
) -> tuple[str, str]:
    """A label for an instance with these places, and a longer one for where another instance has the same.

    `alice` and `agents.alice` for `/srv/agents/alice/.openclaw`; a dot is in no short label, so none can become
    another's. A place that tells nothing is called as its unit or account is (`otherwise`), or gets a few digits.
    """
    known = tuple(distributions)
    stems = {*_family(known), "config"}
    stems |= {name.rpartition(".")[0] for item in known for name in item.config_names}
    if config_path is not None and config_path.stem.lstrip(".").lower() not in stems:
        own = _clean(config_path.stem, frozenset())
        if own:
            return own, _joined(_clean(config_path.parent.name, frozenset()), own)
    profile = next((name for item in known if (name := profile_of(item, state_dir.parent, state_dir))), None)
    suffix = "" if profile in (None, DEFAULT_PROFILE) else f"-{profile}"
    for place in (state_dir, *state_dir.parents) if profile is None else state_dir.parents:
        name = _clean(place.name, frozenset(stems))
        if name and name.lower() not in _GENERIC:
            own = f"{name}{suffix}"
            return own, _joined(_clean(place.parent.name, frozenset()), own)
    home = "" if profile is None or state_dir.parent.name in _GENERIC else _clean(state_dir.parent.name, frozenset())
    own = _UNUSUAL.sub("-", otherwise).strip("-_") or home  # a home like /home/openclaw is at least an account's
    digits = f"{own or _clean(state_dir.name.lstrip('.'), frozenset()) or 'root'}-{digits_of_place(str(state_dir))}"
    return f"{own}{suffix}" if own else digits, digits


def account_label(distributions: Iterable[Distribution], account: str, profile: str | None, unit: str | None) -> str:
    """A label for a gateway of another account whose places may not be seen: `bob`, or `bob-rescue`.

    It is what the place of that profile in the account's home would be called. Where no profile shows, the unit that
    runs it tells which of the account's gateways it is.
    """
    told = profile if profile not in (None, DEFAULT_PROFILE) else None
    if told is None and unit is not None:
        words = [word for word in re.split(r"[-_.@\s]+", unit.removesuffix(".service")) if word]
        family = _family(distributions)
        rest = [word for word in words if word.lower() not in {*family, *_GENERIC, account.lower()}]
        told = "-".join(rest) if any(word.lower() in family for word in words) else None
    own = f"uid-{account}" if account.isdecimal() else _clean(account, frozenset()) or "unnamed"
    return f"{own}-{_UNUSUAL.sub('-', told)}" if told else own


def _family(distributions: Iterable[Distribution]) -> frozenset[str]:
    """The words by which products call their programs and directories."""
    names = (
        (item.name, item.command, *(stem.lstrip(".") for stem in (item.state_dir_stem, *item.legacy_state_dir_stems)))
        for item in distributions
    )
    return frozenset(word.lower() for words in names for word in words)


def _clean(name: str, family: frozenset[str]) -> str:
    """A directory's name as a part of a label, without a product's name before or behind; empty if that is all."""
    words = [word for word in re.split(r"[-_.\s]+", name.lstrip(".")) if word]
    rest = "-".join(words[1:]) if words and words[0].lower() in family else name
    return _UNUSUAL.sub("-", rest).strip("-_")


def _joined(outer: str, own: str) -> str:
    return f"{outer}.{own}" if outer else own
