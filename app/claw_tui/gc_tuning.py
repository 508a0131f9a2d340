"""When the interpreter looks for garbage: never where a command would only wait for it.

A look costs about a millisecond per thousand objects, and importing makes fifty thousand that are no garbage at all.
"""

import gc

_WHILE_STARTING = 150_000
_WHILE_WATCHING = 20_000
"""New objects between two looks: some ten milliseconds each, which nobody sees."""


def hardly_look() -> None:
    """For a command that prints and ends: before it has made so much garbage, it is done."""
    gc.set_threshold(_WHILE_STARTING)


def look_briefly() -> None:
    """For what goes on running: what it is made of is here to stay, so only what is new is looked at from now on."""
    gc.freeze()
    gc.set_threshold(_WHILE_WATCHING)


def end_without_looking() -> None:
    """The interpreter looks through everything twice as it exits, only to give it back to the system anyway."""
    gc.freeze()
