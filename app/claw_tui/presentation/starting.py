"""The ways in which one instance can be started, for those who do not want the usual one."""

from collections.abc import Iterator
from dataclasses import dataclass

from claw_tui.presentation.back_ends import services
from claw_tui.presentation.values import clean
from gateway_core.lifecycle.work import DIRECT, Options
from gateway_core.snapshot import Instance


@dataclass(frozen=True, slots=True)
class Way:
    """One way, or why it is none."""

    title: str
    note: str
    options: Options | None
    """`None`: it is not offered."""


def ways_to_start(instance: Instance, *, hazardous: bool) -> tuple[Way, ...]:
    """The usual one, each service that it has, directly, and in spite of a conflict.

    Args:
        instance: What is to be started.
        hazardous: Its product ends those whom it finds on its ports.
    """
    return tuple(_ways(instance, hazardous))


def _ways(instance: Instance, hazardous: bool) -> Iterator[Way]:
    known = services(instance)
    usual = f"through {clean(known[0].name)}" if known else "its own command"
    yield Way("As usual", "undecided between its services" if len(known) > 1 else usual, Options())
    for service in known:
        yield Way(f"Via {clean(service.manager)}", clean(service.name), Options(backend=service.manager))
    yield Way(f"Via {DIRECT}", "its own command, without a service", Options(backend=DIRECT))
    if hazardous:
        yield Way("In spite of a conflict", "never: it ends whatever it finds on its ports", None)
    else:
        yield Way("In spite of a conflict", "forced, as usual otherwise; ends nobody", Options(force=True))
