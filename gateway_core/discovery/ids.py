"""The ids of instances, and the memory that keeps each of them for one instance alone."""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path

from gateway_core.decoding import json_object
from gateway_core.dirs import ids_file, one_writer
from gateway_core.discovery.installations import Installation
from gateway_core.discovery.naming import config_path_in, digits_of_place, standard_state_dir
from gateway_core.files import real_path
from gateway_core.host import Host
from gateway_core.own_files import WriteFaults, read_own_text

_MOST = 2_000  # the most ids that are remembered; the oldest is forgotten first
_LARGEST = 16 << 20
_NAME = re.compile(r"[\w-]+@[\w.-]+")


def instance_ids(installations: Sequence[Installation], known: Mapping[str, str]) -> list[str]:
    """`openclaw:rescue` in the naming scheme, `openclaw@label` outside it.

    A label that the user gave stays, and so does an id that is `known` to be that of a place. Others get the shortest
    label that nobody else has, had or would get, at last one with a few digits made of the place.
    """
    by_place = {place: name for name, place in known.items()}

    def remembered(item: Installation) -> str | None:
        name = by_place.get(_place(item) or "")
        return name if name is not None and name.startswith(f"{item.distribution.name}@") else None

    ids = _scheme_names(installations)
    for naming, unused in ((_given, ()), (remembered, ()), (_short, known), (_long, known)):
        _settle(ids, installations, naming, unused)
    return [ids.get(number) or _with_digits(item) for number, item in enumerate(installations)]


def _scheme_names(installations: Sequence[Installation]) -> dict[int, str]:
    """The names of those in the naming scheme; of twins, the one in the very place that the scheme says has it."""
    named: defaultdict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(installations):
        if item.in_scheme:
            named[item.scheme_name].append(number)
    return {_usual_of(numbers, installations): name for name, numbers in named.items()}


def _usual_of(numbers: Sequence[int], installations: Sequence[Installation]) -> int:
    first, *others = numbers
    return next((n for n in numbers if _is_in_usual_place(installations[n])), first) if others else first


def _is_in_usual_place(item: Installation) -> bool:
    if item.state_dir is None:
        return False
    usual = standard_state_dir(item.distribution, item.state_dir.parent, item.profile)
    return item.state_dir == usual and item.config_path == config_path_in(item.distribution, usual, item.profile)


def _settle(
    ids: dict[int, str],
    installations: Sequence[Installation],
    naming: Callable[[Installation], str | None],
    unused: Container[str],
) -> None:
    """Give those without an id the one of that naming, where it is nobody else's."""
    wanted = {n: name for n, item in enumerate(installations) if n not in ids and (name := naming(item))}
    counts = Counter([*wanted.values(), *ids.values()])
    ids.update((n, name) for n, name in wanted.items() if counts[name] == 1 and name not in unused)


def _given(item: Installation) -> str | None:
    return _short(item) if item.config_path is not None and not item.long_label else None


def _short(item: Installation) -> str:
    return f"{item.distribution.name}@{item.label}"


def _long(item: Installation) -> str:
    return f"{item.distribution.name}@{item.long_label or item.label}"


def _with_digits(item: Installation) -> str:
    place = item.config_path or [process.info.identity for process in item.processes]
    return f"{_long(item)}-{digits_of_place(str(place))}"


def _place(item: Installation) -> str | None:
    return None if item.config_path is None else remembered_place(item.config_path)


def remembered_place(config_path: Path) -> str:
    """The place that an id is remembered for. A config that is a link counts itself: it may lead elsewhere tomorrow."""
    return os.path.join(real_path(config_path.parent), config_path.name)  # noqa: PTH118


class KnownIds:
    """The ids outside the naming scheme that were given so far, in a small file in claw-tui's state dir. Blocks.

    An instance keeps its id while others come and go, and no other is ever called by it. This never fails: what cannot
    be read was not remembered, and what cannot be written is a fault, tried again, and known until this program ends.
    """

    def __init__(self, host: Host, faults: WriteFaults) -> None:
        self._host = host
        self._faults = faults
        self._known: dict[str, str] = {}  # id and place

    def of(self, installations: Sequence[Installation]) -> list[str]:
        """The id of each of those; what is new is written down."""
        ids = instance_ids(installations, self._known)
        failed = ids_file(self._host) in self._faults.by_file
        if not failed and not self._news(installations, ids):
            return ids
        with one_writer(ids_file(self._host).parent):
            self._known |= read_known_ids(self._host)
            ids = instance_ids(installations, self._known)
            news = self._news(installations, ids)
            if news or failed:
                self._known |= news
                newest = dict(list(self._known.items())[-_MOST:])
                self._faults.replace_file(ids_file(self._host), json.dumps({"ids": newest}, indent=1))
        return ids

    def _news(self, installations: Sequence[Installation], ids: Sequence[str]) -> dict[str, str]:
        """What is not known yet of those ids that a place has."""
        unknown = ((name, item) for name, item in zip(ids, installations, strict=True) if name not in self._known)
        outside = ((name, item) for name, item in unknown if name not in (item.scheme_name, _given(item)))
        return {name: place for name, item in outside if (place := _place(item))}


def read_known_ids(host: Host) -> dict[str, str]:
    """The ids that are written down, each with the place of its config."""
    ids = (json_object(read_own_text(ids_file(host), _LARGEST).text or "") or {}).get("ids")
    written = ids.items() if isinstance(ids, dict) else ()
    return {name: place for name, place in written if isinstance(place, str) and _NAME.fullmatch(name)}
