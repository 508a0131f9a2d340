"""The names of systemd's units, and what `%i`, `%h` and the like stand for in them (systemd.unit)."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".service"
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})|(-)")


@dataclass(frozen=True, slots=True)
class UnitName:
    """The name of a service: `prefix.service`, `prefix@.service` (a template) or `prefix@instance.service`."""

    text: str

    @property
    def stem(self) -> str:
        return self.text.removesuffix(SUFFIX)

    @property
    def prefix(self) -> str:
        return self.stem.partition("@")[0]

    @property
    def instance(self) -> str | None:
        """The part behind `@`: empty for a template, `None` for any other unit that is no instance."""
        _, at, instance = self.stem.partition("@")
        return instance if at else None

    @property
    def is_template(self) -> bool:
        """Only the first `@` ends the prefix: `a@@.service` is an instance."""
        return self.text.endswith(SUFFIX) and self.instance == ""

    @property
    def template(self) -> str | None:
        """The template of an instance."""
        return f"{self.prefix}@{SUFFIX}" if self.instance else None

    @property
    def drop_in_dirs(self) -> tuple[str, ...]:
        """The directories of its drop-ins, the most specific first; `service.d`, which is that of all, is not here."""
        words = self.prefix.split("-")
        shorter = ["-".join(words[:count]) + "-" for count in range(len(words) - 1, 0, -1)]
        shared = [f"{prefix}{SUFFIX}" for prefix in shorter]
        if self.instance:
            shared += [f"{prefix}@{end}{SUFFIX}" for prefix in shorter for end in (self.instance, "")]
        names = [self.text, *([self.template] if self.template else []), *shared]
        return tuple(f"{name}.d" for name in names)


def instance_of(template: str, instance: str) -> str:
    """The name of that instance of a template."""
    return f"{template.removesuffix(SUFFIX)}{instance}{SUFFIX}"


def every_instance(template: str) -> str:
    """The pattern that systemctl takes for all instances of a template that are loaded."""
    return instance_of(glob.escape(template), "*")


def unescaped(text: str) -> str:
    """The path or word that was escaped to be a part of a unit's name."""
    return _ESCAPED.sub(lambda match: "/" if match[2] else chr(int(match[1], 16)), text)


def escaped(text: str) -> str:
    """The text as a part of a unit's name, as `systemd-escape` gives it."""
    kept = (
        character if character.isalnum() or character in ":_." else f"\\x{ord(character):02x}" for character in text
    )
    return "".join("-" if character == "\\x2f" else character for character in kept)


def name_specifiers(name: UnitName, path: Path) -> dict[str, str]:
    """What the name and the place of a unit stand for. Those of the instance are left out for a template."""
    last = name.prefix.rpartition("-")[2]
    found = {
        "n": name.text,
        "N": name.stem,
        "p": name.prefix,
        "P": unescaped(name.prefix),
        "j": last,
        "J": unescaped(last),
        "y": str(path),
        "Y": str(path.parent),
    }
    if name.instance == "":
        return found
    instance = name.instance or ""
    file = unescaped(instance or name.prefix)
    return {**found, "i": instance, "I": unescaped(instance), "f": f"/{file.lstrip('/')}"}


@dataclass(frozen=True, slots=True)
class ManagerDirs:
    """The directories that a manager gives to its services."""

    home: Path
    runtime: Path
    state: Path
    cache: Path
    logs: Path
    configuration: Path
    shared: Path


def manager_specifiers(dirs: ManagerDirs, user: str | None, uid: int, host_name: str) -> Mapping[str, str]:
    """What a manager's user, directories and machine stand for."""
    known = {
        "h": str(dirs.home),
        "t": str(dirs.runtime),
        "S": str(dirs.state),
        "C": str(dirs.cache),
        "L": str(dirs.logs),
        "E": str(dirs.configuration),
        "D": str(dirs.shared),
        "T": "/tmp",  # noqa: S108 - what systemd puts there
        "V": "/var/tmp",  # noqa: S108
        "U": str(uid),
        "H": host_name,
        "l": host_name.partition(".")[0],
    }
    return known if user is None else {**known, "u": user}
