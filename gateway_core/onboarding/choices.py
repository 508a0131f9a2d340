"""The choices of the user, and the problems that they can have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway_core.snapshot import Model

AUTO = "auto"  # the best free port


class Preset(StrEnum):
    """The purpose of the new gateway; decides whatever else is left open."""

    MAIN = "main"  # the default profile
    RESCUE = "rescue"
    """A second bot that repairs the first one: far from its ports, with nothing in common."""
    DEV = "dev"
    COPY_OF = "copy-of"  # the same choices as an existing instance, never its credentials


class Field(StrEnum):
    """The field that a problem is shown at."""

    DISTRIBUTION = "distribution"
    PRESET = "preset"
    COPY_OF = "copy-of"
    PROFILE = "profile"
    PORT = "port"
    BIND = "bind"
    AUTH = "auth"
    OWN_TOKEN = "own-token"  # noqa: S105 - a name, not a token
    WORKSPACE = "workspace"
    SERVICE = "service"
    HOME = "home"  # the home directory; no choice of its own


class ProblemCode(StrEnum):
    """The kinds of problems with a choice."""

    UNKNOWN_DISTRIBUTION = "unknown-distribution"
    COMMAND_MISSING = "command-missing"
    COMMAND_SILENT = "command-silent"  # no version in time, or it could not be run
    VERSION_UNREADABLE = "version-unreadable"
    VERSION_TOO_OLD = "version-too-old"
    NODE_MISSING = "node-missing"
    NODE_TOO_OLD = "node-too-old"
    NAME_EMPTY = "name-empty"
    NAME_TOO_LONG = "name-too-long"
    NAME_CHARACTERS = "name-characters"
    NAME_DEFAULT = "name-default"
    NAME_EXISTS = "name-exists"
    NAME_CASE = "name-case"  # the name differs from another one only in upper and lower case
    NAME_UNFINISHED = "name-unfinished"
    RUNS = "runs"
    STATE_DIR_TAKEN = "state-dir-taken"
    STATE_DIR_UNUSABLE = "state-dir-unusable"
    ADOPTS_OLDER = "adopts-older"  # the product would take over an older product's state dir
    COPY_OF_UNKNOWN = "copy-of-unknown"
    COPY_OF_OTHER = "copy-of-other"
    PORT_TEXT = "port-text"
    PORT_RANGE = "port-range"
    PORT_PRIVILEGED = "port-privileged"
    PORT_TOO_HIGH = "port-too-high"  # ports that derive from the base would not exist
    PORT_IN_USE = "port-in-use"
    PORT_CLAIMED = "port-claimed"
    PORT_IN_RANGE = "port-in-range"  # the block meets another instance's on-demand range
    PORT_EPHEMERAL = "port-ephemeral"
    PORT_NONE_FREE = "port-none-free"
    PORTS_UNSEEN = "ports-unseen"
    BIND_UNKNOWN = "bind-unknown"
    BIND_CUSTOM = "bind-custom"
    AUTH_UNKNOWN = "auth-unknown"
    AUTH_PASSWORD = "auth-password"  # noqa: S105 - a code, not a password
    TOKEN_NOT_TAKEN = "token-not-taken"  # noqa: S105 - a code, not a token
    """This version takes a token only where others can read it."""
    WORKSPACE_EMPTY = "workspace-empty"
    WORKSPACE_RELATIVE = "workspace-relative"
    WORKSPACE_SHARED = "workspace-shared"
    WORKSPACE_IS_FILE = "workspace-is-file"
    NOT_WRITABLE = "not-writable"
    DISK_FULL = "disk-full"
    NO_SERVICE_MANAGER = "no-service-manager"


class ChoiceProblem(Model):
    """The reason why a choice cannot be followed, in plain words and next to its field."""

    field: Field
    code: ProblemCode
    message: str
    hint: str | None = None
    suggestion: str | None = None  # a value for the field that would do


def choice_problem(
    field: Field, code: ProblemCode, message: str, hint: str | None = None, suggestion: str | None = None
) -> ChoiceProblem:
    return ChoiceProblem(field=field, code=code, message=message, hint=hint, suggestion=suggestion)


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices for a new gateway. `None`: as the preset says."""

    distribution: str | None  # only a copy may leave it open: it is of the same product
    preset: Preset = Preset.MAIN
    profile: str | None = None
    copy_of: str | None = None  # the id of an instance, for `Preset.COPY_OF`
    port: int | str = AUTO  # a number, as text too, as it was typed; or `auto`
    bind: str | None = None
    auth: str | None = None
    workspace: str | None = None
    service: bool | None = None  # `None`: a copy has one if the original has, another gateway none
    start: bool = False
    own_token: bool = False
    """Have claw-tui generate the token; only for a version that takes it without showing it."""
    accepted_risk: bool = False
    """The user has read the vendor's notice that agents can do harm, and said yes. Nobody else may say so."""
    confirm_existing: bool = False
    """The user has read what would change in a profile that exists already, and said yes."""
