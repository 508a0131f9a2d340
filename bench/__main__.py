"""`python -m bench [NAME…]`: runs the benches, all or those named, and prints one table."""

import importlib
import sys
import traceback
from collections.abc import Sequence

from bench.measurement import NotMeasured, Result
from bench.table import draw

BENCHES = (
    "snapshot",
    "vendor_cpu",
    "cold_ls",
    "first_paint",
    "live_view",
    "idle",
    "first_look",
    "conflict_engine",
    "listener_table",
    "log_reading",
    "busy_log",
    "operations",
)
"""Modules of this package; each has a `run()` that gives its lines of the table."""


def main(names: Sequence[str]) -> int:
    """The exit code: 0 if all figures could be taken, whatever they are; 1 if one is missing; 2 for an unknown name."""
    if unknown := set(names) - set(BENCHES):
        print(f"There is no bench called {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)}.")
        return 2
    results = [result for name in names or BENCHES for result in _run(name)]
    print(draw(results))
    return int(any(isinstance(result, NotMeasured) for result in results))


def _run(name: str) -> list[Result]:
    print(f"{name} …", file=sys.stderr, flush=True)
    try:
        results: list[Result] = importlib.import_module(f"bench.{name}").run()
    except Exception as error:  # noqa: BLE001 - the other benches still have something to say
        traceback.print_exc()
        return [NotMeasured(name, f"{type(error).__name__}: {error}".splitlines()[0])]
    return results


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
