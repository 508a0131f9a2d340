"""The caches of painting that know no end: what they keep of widgets and texts that are gone is forgotten now and then.

Textual keeps up to sixteen thousand results in each, for as long as the program runs. The keys are widgets with all
their painted lines, styles that know their place on the screen, and places: a quarter of an hour of what is gone.
"""

from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.strip import Strip

FORGOTTEN_EVERY_S = 15.0
_KEEPING = (StylesCache, Strip, Region)


def forget_painted() -> None:
    """Empty them; what is still on the screen is worked out once more when it is painted the next time."""
    for kind in _KEEPING:
        for name in vars(kind):
            forget = getattr(getattr(kind, name), "cache_clear", None)
            if forget is not None:
                forget()
