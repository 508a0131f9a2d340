"""Loads the built-in distributions and the user's own; a broken file is a problem, never a failure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from gateway_core.decoding import parse_toml
from gateway_core.dirs import distributions_dir
from gateway_core.distributions.model import Distribution
from gateway_core.files import FileContent, listing_of, read_text_file
from gateway_core.own_files import read_own_text
from gateway_core.snapshot import Problem

_DATA = Path(__file__).parent / "data"
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Distributions:
    """The distributions that could be loaded, in a stable order, and what was wrong with the others."""

    known: tuple[Distribution, ...]
    problems: tuple[Problem, ...] = ()

    def __iter__(self) -> Iterator[Distribution]:
        return iter(self.known)

    def named(self, name: str) -> Distribution | None:
        return next((distribution for distribution in self.known if distribution.name == name), None)


def load_distributions(config_dir: Path) -> Distributions:
    """The built-in distributions, and those in `config_dir/distributions/*.toml`.

    A user's file that bears a built-in name replaces the built-in one.
    """
    known = {distribution.name: distribution for distribution in built_in_distributions()}
    directory = distributions_dir(config_dir)
    own = listing_of(directory)
    unlisted = "The user's own distributions could not be listed, so their gateways may be missing"
    problems = [] if own.fault is None else [Problem(where=str(directory), message=f"{unlisted}: {own.fault}")]
    for path in own.paths(".toml"):
        try:
            distribution = _parse(_text_of(read_own_text(path, _LARGEST)))
        except ValueError as error:
            message = f"This distribution was left out: {_explain(error)}"
            problems.append(Problem(where=str(path), message=message))
        else:
            known[distribution.name] = distribution
    return Distributions(tuple(known.values()), tuple(problems))


@cache
def built_in_distributions() -> tuple[Distribution, ...]:
    return tuple(_parse(_text_of(read_text_file(path, _LARGEST))) for path in listing_of(_DATA).paths(".toml"))


def _parse(text: str) -> Distribution:
    return Distribution.model_validate(parse_toml(text))


def _text_of(read: FileContent) -> str:
    """The text that was read. Raises `ValueError` if there is none."""
    if read.text is None:
        raise ValueError(f"it {read.fault}")
    return read.text


def _explain(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where}: {first['msg']}{more}"
