"""What a text that is not JSON5 still tells for certain, such as a config that was cut off or edited by mistake."""

import re

import pyjson5

from gateway_core.config.parsing import JsonValue, decode, error_offset, without_giants

_MOST_MENDS = 8  # each reads the text once more, and a text with more mistakes is no slip of a hand
_NEXT_KEY = re.compile(r"""(?P<quoted>"[^"\\\n]*"|'[^'\\\n]*')\s*:|[\w$]+\s*:""")
_QUOTES = ("'", '"')


def certain_part(text: str) -> JsonValue:
    """The value of what can be read of a text, without the values that may have lost their ends.

    A comma that is missing in front of a key, or is there twice, leaves no doubt. At any other mistake the reading
    ends, and nothing that follows counts. No `null` is told, because the decoder also puts it where a value broke off.
    Of a repeated key the last one counts that was read.
    """
    for _ in range(_MOST_MENDS):
        mended = _with_comma_mended(text)
        if mended is None:
            break
        text = mended
    return _without_nulls(_beginning(text))


def _with_comma_mended(text: str) -> str | None:
    """The text without its first mistake, if that is a comma."""
    try:
        decode(text)
    except pyjson5.Json5IllegalCharacter as error:
        at, message = error_offset(error), str(error.args[0])
        if at is None:
            return None
        if message.startswith("Stray b'comma'"):
            return text[:at] + text[at + 1 :]
        if message.startswith("Expected b'comma'") and _begins_member(text, at):
            return f"{text[:at]},{text[at:]}"
    except (pyjson5.Json5DecoderException, ValueError, RecursionError):
        pass
    return None


def _begins_member(text: str, at: int) -> bool:
    """Whether that is a key with its colon, apart from what is in front of it and no word of a text in quotes."""
    key, before = _NEXT_KEY.match(text, at), text[:at].rstrip(" \t")
    if key is None:
        return False
    return before.endswith(("\n", "\r")) or (key["quoted"] is not None and len(before) < at)


def _beginning(text: str) -> JsonValue:
    """What the decoder has read when it comes upon the end or a mistake."""
    try:
        whole = decode(text)
    except (pyjson5.Json5EOF, pyjson5.Json5ExtraData) as error:
        # At the end the decoder itself leaves out a number or word that could go on.
        return without_giants(error.result, text)
    except pyjson5.Json5IllegalCharacter as error:
        at = error_offset(error)
        before = text[: at or 0].rstrip(" \t,")
        # What stands in front of it on the same line is in doubt, too: a number may go on (24,000), and a string may
        # have been ended by a quote that is part of it.
        return _beginning(before[:-1] if before.endswith(_QUOTES) else before)
    except (pyjson5.Json5DecoderException, ValueError, RecursionError):
        return None
    return whole


def _without_nulls(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value
