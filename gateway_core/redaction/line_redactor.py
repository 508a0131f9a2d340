"""The lines of one source without their secrets, as they come."""

from gateway_core.redaction.across_lines import KeyWatch, hide_after
from gateway_core.redaction.text import redact


class LineRedactor:
    """Redacts the lines of one source, given in their order."""

    def __init__(self) -> None:
        self._previous = ""
        self._watch = KeyWatch()

    def redact(self, line: str) -> str:
        in_key = self._watch.is_inside(line)
        self._previous = hide_after(redact(line), lambda: self._previous, in_key=in_key)
        return self._previous
