"""The lines of one source without their secrets, as they come."""

from gateway_core.redaction.across_lines import KeyWatch, behind_prefix, hide_continued, may_go_on
from gateway_core.redaction.keys import hide_body
from gateway_core.redaction.text import redact


class LineRedactor:
    """Redacts the lines of one source, given in their order."""

    def __init__(self) -> None:
        self._previous = ""
        self._watch = KeyWatch()

    def redact(self, line: str) -> str:
        shown = redact(line)
        if self._watch.is_inside(line):
            begin = behind_prefix(shown)
            shown = shown[:begin] + hide_body(shown[begin:])
        elif may_go_on(line):
            shown = hide_continued(shown, self._previous)
        self._previous = shown
        return shown
