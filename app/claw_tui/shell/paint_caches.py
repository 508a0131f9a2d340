"""The caches of painting that know no end: what they keep of widgets and texts that are gone is forgotten each minute.

Textual keeps a thousand and sixteen thousand results in them, for as long as the program runs. The keys are widgets
with all their painted lines, and styles that know their place on the screen: what is gone stays for a quarter hour.
"""

from textual._styles_cache import StylesCache
from textual.strip import Strip

FORGOTTEN_EVERY_S = 60.0


def forget_painted() -> None:
    """Empty them; what is still on the screen is worked out once more when it is painted the next time."""
    StylesCache.get_inner_outer.cache_clear()
    Strip.render_ansi.cache_clear()
