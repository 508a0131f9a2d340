"""Makes foreign text safe to show: secrets become `[redacted]`, and nothing in it can steer a terminal.

For command lines, log lines and error messages, which anybody may have written. It errs on the side of hiding: a word
too many is lost rather than a token shown. Structure comes before text (`structure`: keys and their siblings in JSON;
`arguments`: the places in a command line), then what a name tells (`named`, `names`), what has a known shape
(`shapes`), and what goes over several lines (`lines`, `keys`). Every pattern is linear in the length of the text.
"""

from gateway_core.redaction.commands import LONGEST_COMMAND, redact_command, shown_command
from gateway_core.redaction.names import REDACTED
from gateway_core.redaction.terminal import printable
from gateway_core.redaction.text import redact

__all__ = ["LONGEST_COMMAND", "REDACTED", "printable", "redact", "redact_command", "shown_command"]
