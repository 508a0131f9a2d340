"""launchd property lists, XML or binary, as far as services of gateways use them (launchd.plist)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway_core.services.definition import ServiceContent, kept_environment

_SCHEDULES = ("StartInterval", "StartCalendarInterval")


class PlistError(Exception):
    """Not a property list; the message completes the sentence "The file …"."""


def read_plist(data: bytes) -> ServiceContent:
    """The service that a property list describes. Raises `PlistError`."""
    content = _parse(data)
    variables = content.get("EnvironmentVariables")
    kept, secret = kept_environment(_strings(variables) if isinstance(variables, dict) else ())
    return ServiceContent(
        argv=_argv(content),
        environment=kept,
        holds_secret=secret,
        user=_text(content.get("UserName")),
        occasional=any(schedule in content for schedule in _SCHEDULES),
        name=_text(content.get("Label")),
    )


def _parse(data: bytes) -> dict[str, object]:
    import plistlib

    try:
        content: object = plistlib.loads(data)
    except Exception:  # noqa: BLE001 - a hostile file makes the standard library raise nearly anything
        content = None
    if not isinstance(content, dict):
        raise PlistError("is not a property list of a service")
    return {key: value for key, value in content.items() if isinstance(key, str)}


def _argv(content: Mapping[str, object]) -> tuple[str, ...]:
    """`Program` is what runs; the first of `ProgramArguments` is then only what it is called."""
    arguments = content.get("ProgramArguments")
    words = [word for word in arguments if isinstance(word, str)] if isinstance(arguments, list) else []
    program = _text(content.get("Program"))
    return (program, *words[1:]) if program else tuple(words)


def _strings(variables: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    for name, value in variables.items():
        if isinstance(name, str) and isinstance(value, str):
            yield name, value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value and value.isprintable() else None
