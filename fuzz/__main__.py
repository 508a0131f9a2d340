"""`python -m fuzz [--minutes N] [--only TEXT]`: tries properties on ever new inputs, until the time is up or Ctrl+C.

What fails is kept in `.hypothesis/`, and tried first the next time. Exit codes: 0 nothing failed, 1 something did,
2 there is no such property.
"""

from __future__ import annotations

import argparse
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from time import monotonic

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from fuzz.model import Property
from fuzz.properties import PROPERTIES

KEPT = Path(__file__).parents[1] / ".hypothesis" / "fuzz"
_ROUND = 400  # examples of a usual property in a round


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", default="", help="properties whose name or module has this in it")
    options = parser.parse_args(arguments)
    chosen = [one for one in PROPERTIES if any(options.only in name for name in (one.name, *one.modules))]
    if not chosen:
        print(f"There is no property of {options.only}. There are: {', '.join(one.name for one in PROPERTIES)}.")
        return 2
    warnings.simplefilter("ignore")  # of patterns that are tried, and of reports that are long
    tried, failed = Counter[str](), set[str]()
    end = monotonic() + options.minutes * 60
    try:
        for one in cycle(chosen):
            if monotonic() >= end or len(failed) == len(chosen):
                break
            if one.name not in failed and not _try(one, tried):
                failed.add(one.name)
    except KeyboardInterrupt:
        print("Stopped.")
    print(f"{sum(tried.values())} examples of {len(tried)} properties; failed: {', '.join(sorted(failed)) or 'none'}")
    return int(bool(failed))


def _try(one: Property, tried: Counter[str]) -> bool:
    """Try a round of examples; whether the property held."""

    def holds(value: object) -> None:
        tried[one.name] += 1
        one.holds(value)

    holds.__qualname__ = holds.__name__ = one.name  # the name under which failures are kept
    holds.__module__ = one.holds.__module__
    attempt = settings(
        max_examples=max(10, int(_ROUND * one.share)),
        deadline=None,
        database=DirectoryBasedExampleDatabase(KEPT),
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
        verbosity=Verbosity.normal,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )(given(one.inputs)(holds))
    try:
        attempt()
    except Exception as error:  # noqa: BLE001 - the other properties are tried all the same
        print(f"\n== {one.name} ({', '.join(one.modules)})")
        traceback.print_exception(error, file=sys.stdout)
        print(f"Again: make fuzz ONLY={one.name}", flush=True)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
