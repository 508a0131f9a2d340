"""The files that make up one config: the main file and what it names by `$include`.

An `$include` is a string or a list of strings, anywhere in the tree, relative to the including file. What several files
say is merged in order, objects deeply and lists end to end, and keys beside the `$include` override what was included.
As in openclaw 2026.9.6, `src/config/includes.ts`.
"""

import errno
import os
from functools import reduce
from pathlib import Path

from gateway_core.config.model import ConfigError, ConfigPath
from gateway_core.config.parsing import JsonValue, ParseError, parse_json5
from gateway_core.decoding import DEEPEST_NESTING
from gateway_core.files import FileContent, FileIdentity, read_text_file

LARGEST_FILE = 5 << 20  # bytes. No real config comes near; a larger one is an issue, not something to wait for
LARGEST_TOTAL = 20 << 20
MOST_FILES = 200
INCLUDE = "$include"
DEEPEST_INCLUDE = 10


class SourceFiles:
    """Reads the files of one config within a budget for all of them, and keeps each one's identity, there or not."""

    def __init__(self) -> None:
        self.identities: dict[Path, FileIdentity] = {}
        self.settled = True
        self._files_left = MOST_FILES
        self._bytes_left = LARGEST_TOTAL

    def read(self, path: Path) -> FileContent:
        if self._files_left == 0 or self._bytes_left == 0:
            return FileContent(path, (errno.EFBIG,), fault="is one too many: the config includes too much")
        # The gateways start with a config that holds a name in Latin-1.
        file = read_text_file(path, min(LARGEST_FILE, self._bytes_left), lossy=True)
        self._files_left -= 1
        self._bytes_left -= min(len(file.text or ""), self._bytes_left)
        # A file that changes between two includes of it keeps its older identity, so the next look sees the change.
        self.identities.setdefault(path, file.identity)
        self.settled = self.settled and file.settled
        return file


def resolve_includes(tree: dict[str, JsonValue], path: Path, sources: SourceFiles) -> JsonValue:
    """Replace every `$include` of a config tree by what it names. Raises `ConfigError`."""
    return _Includer(sources, (_normal(path),)).resolve(tree, ()) if _has_include(tree) else tree


def without_includes(tree: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What a config tree says by itself: that wins over whatever its includes say."""
    own = ((key, item) for key, item in tree.items() if key != INCLUDE)
    return {key: without_includes(item) if isinstance(item, dict) else item for key, item in own}


def merge(below: JsonValue, above: JsonValue) -> JsonValue:
    """Merge two values: objects deeply, lists end to end; otherwise `above` wins."""
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {key: merge(below[key], value) if key in below else value for key, value in above.items()}
    if isinstance(below, list) and isinstance(above, list):
        return below + above
    return above


class _Includer:
    """Resolves the includes of one file; `chain` is that file and those that led to it."""

    def __init__(self, sources: SourceFiles, chain: tuple[Path, ...]) -> None:
        self._sources = sources
        self._chain = chain

    def resolve(self, value: JsonValue, at: ConfigPath) -> JsonValue:
        if len(at) > DEEPEST_NESTING:
            raise ConfigError(at, f"The included files are nested more than {DEEPEST_NESTING} levels deep.")
        if isinstance(value, list):
            return [self.resolve(item, (*at, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        own: dict[str, JsonValue] = {
            key: self.resolve(item, (*at, key)) for key, item in value.items() if key != INCLUDE
        }
        if INCLUDE not in value:
            return own
        included = self._included(value[INCLUDE], at)
        if own and not isinstance(included, dict):
            raise ConfigError((*at, INCLUDE), "Keys beside an include need it to hold an object.")
        return merge(included, own) if own else included

    def _included(self, names: JsonValue, at: ConfigPath) -> JsonValue:
        if isinstance(names, str):
            return self._load(names, at, (*at, INCLUDE))
        if not isinstance(names, list):
            raise ConfigError((*at, INCLUDE), "Must be a file name or a list of file names.")
        parts = (self._load(name, at, (*at, INCLUDE, index)) for index, name in enumerate(names))
        nothing: JsonValue = {}
        return reduce(merge, parts, nothing)

    def _load(self, name: JsonValue, at: ConfigPath, origin: ConfigPath) -> JsonValue:
        if not isinstance(name, str):
            raise ConfigError(origin, "Must be a file name.")
        path = _normal(self._chain[-1].parent / name)
        if path in self._chain:
            raise ConfigError(origin, "The included file leads back to itself.")
        if len(self._chain) > DEEPEST_INCLUDE:
            raise ConfigError(origin, f"Includes are nested more than {DEEPEST_INCLUDE} files deep.")
        return _Includer(self._sources, (*self._chain, path)).resolve(self._parse(path, origin), at)

    def _parse(self, path: Path, origin: ConfigPath) -> JsonValue:
        file = self._sources.read(path)
        if file.text is None:
            raise ConfigError(origin, f"The included file {file.fault}.")
        try:
            return parse_json5(file.text)
        except ParseError as error:
            raise ConfigError(origin, f"The included file {error}.") from None


def _has_include(tree: JsonValue) -> bool:
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if INCLUDE in value:
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def _normal(path: Path) -> Path:
    """A path without `.` and `..`, by name only, as the gateways compare files when they look for circles."""
    return Path(os.path.normpath(path))
