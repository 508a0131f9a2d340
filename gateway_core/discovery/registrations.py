"""Gateways outside the naming scheme that the user has registered, kept in `<config dir>/instances.json`.

People may edit the file by hand. What cannot be understood in it is a problem that the user sees, never a failure, and
writers keep it as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from gateway_core.decoding import parse_json
from gateway_core.dirs import registrations_file
from gateway_core.discovery.ids import read_known_ids, remembered_place
from gateway_core.discovery.labels import place_labels
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import Distribution
from gateway_core.file_locks import locked_dir
from gateway_core.files import absolute_path, from_working_dir, path_status, real_path
from gateway_core.host import Host
from gateway_core.own_files import private_dir, read_own_text, replace_file
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import Problem

LABEL_PATTERN = r"[a-z0-9][a-z0-9_-]{0,63}"


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered gateway; its instance id is `<distribution>@<label>`."""

    label: str
    distribution: str
    config_path: Path
    state_dir: Path | None = None  # `None`: where the distribution itself would look
    ignored: bool = False  # the user does not want to see it, though it is found

    @property
    def instance_id(self) -> str:
        return f"{self.distribution}@{self.label}"


def read_registrations(host: Host) -> tuple[tuple[Registration, ...], tuple[Problem, ...]]:
    """Return all registrations that can be understood, and what is wrong with the others. Never raises."""
    file = RegistrationFile(host.config_dir)
    try:
        entries = file.entries()
    except RegistrationError as error:
        return (), (Problem(where=str(file.path), message=f"{error}. {error.hint}"),)
    registrations: list[Registration] = []
    problems: list[Problem] = []
    for number, entry in enumerate(entries, 1):
        understood = _parse(entry)
        if isinstance(understood, Registration):
            registrations.append(understood)
        else:
            message = f"This entry was left out: {understood}."
            problems.append(Problem(where=f"{file.path}, entry {number}", message=message))
    return tuple(registrations), tuple(problems)


def register(
    host: Host,
    distributions: Distributions,
    config_path: Path,
    *,
    state_dir: Path | None = None,
    distribution: str | None = None,
    label: str | None = None,
) -> tuple[Registration, bool]:
    """Remember a gateway by its absolute paths; also return whether it is new. Doing it again changes nothing.

    By default its distribution is told from the name of the config, and its label is that of the id which it had when
    it was found, or is made of the state dir's or config's name.
    Raises `RegistrationError` if it cannot be registered like this; nothing was changed then.
    """
    config_path = _existing_config(config_path)
    product = _distribution(distributions, config_path, distribution)
    with RegistrationFile(host.config_dir).writing() as entries:
        _drop(entries, config_path, ignored_only=True)
        known = [found for entry in entries if isinstance(found := _parse(entry), Registration) and not found.ignored]
        for existing in known:
            if real_path(existing.config_path) == real_path(config_path):
                return _confirm(existing, product, state_dir, label), False
        taken = {registration.label for registration in known}
        if label is None:
            chosen = _free_label(host, distributions, taken, Registration("", product.name, config_path, state_dir))
        else:
            chosen = _checked_label(label, taken)
        registration = Registration(chosen, product.name, config_path, state_dir)
        entries.append(_entry(registration))
    return registration, True


def unregister(host: Host, name: str) -> Registration:
    """Drop the registration of that label or instance id; no file of the gateway is touched.

    Raises `RegistrationError` if there is no such registration.
    """
    with RegistrationFile(host.config_dir).writing() as entries:
        known: list[Registration] = []
        for position, entry in enumerate(entries):
            found = _parse(entry)
            if not isinstance(found, Registration) or found.ignored:
                continue
            if name.casefold() in (found.label, found.instance_id):
                del entries[position]
                return found
            known.append(found)
    raise RegistrationError(f"nothing is registered as “{name}”", _registered_hint(known))


def ignore(host: Host, distribution: str, config_path: Path, state_dir: Path | None) -> None:
    """Leave a gateway that is found out of every list, until it is registered again; nothing of it is touched.

    Raises `RegistrationError` if that cannot be written down.
    """
    with RegistrationFile(host.config_dir).writing() as entries:
        _drop(entries, config_path, ignored_only=False)
        entries.append(_entry(Registration("ignored", distribution, config_path, state_dir, ignored=True)))


def list_again(host: Host, config_path: Path) -> bool:
    """Take back that a gateway is left out; whether it was. Raises `RegistrationError` if that cannot be written."""
    real = real_path(config_path)
    if not any(item.ignored and real_path(item.config_path) == real for item in read_registrations(host)[0]):
        return False
    with RegistrationFile(host.config_dir).writing() as entries:
        _drop(entries, config_path, ignored_only=True)
    return True


def _drop(entries: list[object], config_path: Path, *, ignored_only: bool) -> None:
    """Remove what stands there about that config."""
    real = real_path(config_path)

    def is_about_it(entry: object) -> bool:
        found = _parse(entry)
        if not isinstance(found, Registration) or (ignored_only and not found.ignored):
            return False
        return real_path(found.config_path) == real

    entries[:] = [entry for entry in entries if not is_about_it(entry)]


def _parse(entry: object) -> Registration | str:
    """Return the registration, or why the entry is none."""
    if not isinstance(entry, dict):
        return "it is not an object"
    label, distribution, stated_dir = (entry.get(key) for key in ("label", "distribution", "state_dir"))
    config_path, state_dir = absolute_path(entry.get("config_path")), absolute_path(stated_dir)
    if not isinstance(label, str) or not re.fullmatch(LABEL_PATTERN, label):
        return "“label” must be lower-case letters, digits, “-” and “_”"
    if not isinstance(distribution, str) or not distribution:
        return "“distribution” must name a product"
    if config_path is None:
        return "“config_path” must be an absolute path"
    if state_dir is None and stated_dir is not None:
        return "“state_dir” must be an absolute path"
    return Registration(label, distribution, config_path, state_dir, ignored=entry.get("ignored") is True)


def _entry(registration: Registration) -> dict[str, str | bool]:
    entry: dict[str, str | bool] = {
        "label": registration.label,
        "distribution": registration.distribution,
        "config_path": str(registration.config_path),
    }
    place: dict[str, str | bool] = {"state_dir": str(registration.state_dir)} if registration.state_dir else {}
    return {**entry, **place, **({"ignored": True} if registration.ignored else {})}


def stated_path(path: Path) -> Path:
    """The absolute path that the user means. Raises `RegistrationError`."""
    found = from_working_dir(path)
    if found is None:
        raise RegistrationError(f"{path} is relative to a directory that is gone", "Give an absolute path.")
    return found


def _existing_config(path: Path) -> Path:
    status = path_status(path)
    if status.is_directory:
        raise RegistrationError(f"{path} is a directory", "Give the config file itself, such as openclaw.json.")
    if status.fault is not None:
        raise RegistrationError(f"{path} cannot be looked at ({status.fault})", "Do this as a user who may read it.")
    if not status.exists:
        raise RegistrationError(f"there is no config at {path}", "Give the path of an existing config file.")
    return path


def _distribution(distributions: Distributions, config_path: Path, name: str | None) -> Distribution:
    names = ", ".join(known.name for known in distributions)
    if name is not None:
        named = distributions.named(name)
        if named is None:
            raise RegistrationError(f"there is no distribution “{name}”", f"Known are: {names}.")
        return named
    for known in distributions:
        if config_path.name == known.config_names[0]:
            return known
    raise RegistrationError(
        f"the name {config_path.name} does not tell which product the gateway is",
        f"Say it with --distribution: {names}.",
    )


def _confirm(existing: Registration, product: Distribution, state_dir: Path | None, label: str | None) -> Registration:
    """Return the registration that is there already, if it says the same."""
    same = (
        existing.distribution == product.name
        and state_dir in (None, existing.state_dir)
        and label in (None, existing.label)
    )
    if same:
        return existing
    raise RegistrationError(
        f"{existing.config_path} is already registered, differently, as {existing.instance_id}",
        f"To change that, first run: {own_command('forget', existing.instance_id)}",
    )


def _checked_label(wanted: str, taken: Collection[str]) -> str:
    if not re.fullmatch(LABEL_PATTERN, wanted):
        raise RegistrationError(
            f"“{wanted}” cannot be a label", "A label is lower-case letters, digits, “-” and “_”, at most 64 of them."
        )
    if wanted in taken:
        raise RegistrationError(f"the label “{wanted}” is taken", "Choose another --label.")
    return wanted


def _free_label(host: Host, distributions: Distributions, taken: Collection[str], item: Registration) -> str:
    """The label that it was found under, else one that is made of its place; no other's, and never was."""
    known = {name: place for name, place in read_known_ids(host).items() if name.startswith(item.instance_id)}
    own = next((name for name, place in known.items() if place == remembered_place(item.config_path)), None)
    taken = {*taken, *(name.removeprefix(item.instance_id) for name in known if name != own)}
    text = own.removeprefix(item.instance_id) if own else _label_by_place(distributions, item)
    label = re.sub(r"[^a-z0-9_-]+", "-", text.casefold()).strip("-_")[:60] or item.distribution
    numbered = (f"{label}-{number}" for number in count(2))
    return next(candidate for candidate in chain([label], numbered) if candidate not in taken)


def _label_by_place(distributions: Distributions, item: Registration) -> str:
    """The name of the state dir, else of the config or its directory; what is around it where that tells nothing."""
    directory = item.state_dir or item.config_path.parent
    products = tuple(distributions)
    if directory.name in {stem for one in products for stem in (one.state_dir_stem, *one.legacy_state_dir_stems)}:
        return place_labels(products, directory, item.config_path)[0]
    own_name = any(one.name == item.distribution and item.config_path.name in one.config_names for one in products)
    return directory.name if item.state_dir or own_name else item.config_path.stem


def _registered_hint(known: Sequence[Registration]) -> str:
    if not known:
        return "No gateway is registered."
    return f"Registered are: {', '.join(registration.instance_id for registration in known)}."


_LIMIT_BYTES = 1 << 20
_LOCK_DEADLINE_S = 5.0


class RegistrationError(Exception):
    """The reason why something cannot be registered or forgotten, and what to do about it (`hint`)."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class RegistrationFile:
    """`{"instances": [entry, …]}`; entries are whatever JSON stands there."""

    def __init__(self, config_dir: Path) -> None:
        self.path = registrations_file(config_dir)

    def entries(self) -> list[object]:
        """Return all entries, none without a file. Raises `RegistrationError` if it cannot be read or understood."""
        return _entries(self._content())

    @contextmanager
    def writing(self) -> Iterator[list[object]]:
        """The entries, to be changed in place; written back if they were. Everything else in the file stays.

        Raises `RegistrationError` if the file cannot be read, understood, locked or written; it is as before then.
        """
        try:
            with self._locked():
                content = self._content()
                entries = _entries(content)
                before = list(entries)
                yield entries
                if entries != before:
                    text = json.dumps({**content, "instances": entries}, indent=2) + "\n"
                    replace_file(Path(real_path(self.path)), text, durable=True)
        except OSError as error:
            raise RegistrationError(
                f"{self.path} cannot be written ({error.strerror})", "Nothing was changed."
            ) from error

    def _content(self) -> dict[str, object]:
        read = read_own_text(self.path, _LIMIT_BYTES)
        if not read.exists:
            return {}
        if read.text is None:
            raise RegistrationError(f"{self.path} {read.fault}", "It holds the gateways that you registered.")
        try:
            content = parse_json(read.text)
        except ValueError as error:
            raise RegistrationError(
                f"{self.path} is not valid JSON ({error})", "Correct it, or move it away."
            ) from error
        if not isinstance(content, dict):
            raise RegistrationError(f"{self.path} does not hold an object", "Correct it, or move it away.")
        return content

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Exclusive among writers."""
        with locked_dir(private_dir(self.path.parent), _LOCK_DEADLINE_S) as held:
            if not held:
                raise RegistrationError(
                    f"{self.path} is being written by another claw-tui", "Try again when it has finished."
                )
            yield


def _entries(content: dict[str, object]) -> list[object]:
    entries = content.get("instances", [])
    if not isinstance(entries, list):
        raise RegistrationError(
            "“instances” in the file of registrations is not a list", "Correct it, or move it away."
        )
    return entries
