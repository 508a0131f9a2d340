"""The tuning of Python's garbage collector: it never runs where a command would only wait for it.

A collection costs about a millisecond per thousand objects, and importing makes fifty thousand that are no garbage.
"""

import gc

_WHILE_STARTING = 150_000
_WHILE_WATCHING = 20_000  # new objects between two collections: some ten milliseconds each, which nobody sees


def collect_rarely() -> None:
    """Tune for a command that prints and ends: it ends before a collection would pay."""
    gc.set_threshold(_WHILE_STARTING)


def collect_only_new() -> None:
    """Tune for what goes on running: the objects that are there now are here to stay, and are not looked at again."""
    gc.freeze()
    gc.set_threshold(_WHILE_WATCHING)


def collect_old() -> None:
    """Collect what is old, now and then, unless next to nothing is new: by itself Python waits for two million objects.

    It takes some thirty milliseconds, and a dashboard at rest never needs it.
    """
    if any(gc.get_count()[1:]):
        gc.collect()


def skip_last_collection() -> None:
    """Tune for the exit: the interpreter would look through everything twice, and the system takes it back anyway."""
    gc.freeze()
