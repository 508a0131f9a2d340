"""Words for errors that are nobody's fault but claw-tui's, at the boundaries where they are caught."""

from gateway_core.redaction.text import redact


def error_in_words(error: BaseException) -> str:
    """The kind of an error and the first line of what it says, without secrets: further lines may quote values."""
    said = redact(str(error)).partition("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
