"""One text without its secrets."""

from collections.abc import Sequence

from gateway_core.redaction.arguments import has_telling_option, hide_in_commands
from gateway_core.redaction.names import CODES
from gateway_core.redaction.shapes import hide_shapes, holds_any, long_words
from gateway_core.redaction.terminal import inert, is_inert

_TELLING_WORDS = (
    "token",
    "pass",
    "secret",
    "cred",
    "auth",
    "cookie",
    "key",
    "bearer",
    "basic",
    "jwt",
    "identified",
    "nickserv",
)
_PARAMETER_SIGNS = ("?", "&", "#", ";", "%")
_TELLING_PARAMETERS = ("sig", "code", "%", "hmac", "ticket", "t=", "access", "assertion")
"""Only before an equals sign, and in an address."""
_SHORT_WORDS = ("pin", "otp", "sid", "pw", "mfa")
_SESSION_IDS = ("sessionid", "session_id", "session-id", "session id", "sessid", "sess_id", "sess-id")
_CODES = tuple(CODES.split("|"))
_OPTION_SIGNS = (" -", '"-', "'-", "\n-")
_FOREIGN_LETTERS = ("\u0130", "\u0131", "\u017f", "\u212a")
"""Letters that a pattern takes for those of ASCII where case does not matter."""
_BODY_LINE = 40  # characters of a line of a private key, at least
_MOST_PASSES = 5
_SCHEMES = ("Digest ", "Negotiate ", "NTLM ", "AWS4-")


def redact(text: str) -> str:
    """`text` without secrets, escape sequences and control characters; line breaks and tabs stay."""
    if not (text.isascii() and text.isprintable()) and not is_inert(text):
        # Hidden before as well, because a stray escape may swallow the very word that tells a secret.
        text = inert(_hide(text))
    for _ in range(_MOST_PASSES):
        hidden = _hide(text)
        if hidden == text:
            break
        text = hidden  # what is hidden may bring a name and a secret together
    return text


def hide_thoroughly(text: str, depth: int = 0) -> str:
    """The text without secrets, each pattern tried."""
    # Imported here: to compile their patterns takes longer than a cold `ls` may, which mostly needs none of them.
    from gateway_core.redaction.keys import hide_keys
    from gateway_core.redaction.named import hide_named
    from gateway_core.redaction.structure import hide_by_structure

    text = hide_keys(text)
    text = hide_by_structure(text, _hide_in_string, depth)
    text = hide_in_commands(hide_named(text))
    return hide_shapes(text, long_words(text))


def _hide(text: str, depth: int = 0) -> str:
    # Most lines of a busy log hold nothing: telling so by plain substrings is ten times as fast as the patterns.
    words = long_words(text)
    if not words and text.isalnum():
        return text  # a short word, such as the name of a setting, has nothing beside it
    if _tells(text, words):
        text = hide_thoroughly(text, depth)
    elif words:
        text = hide_shapes(text, words)
    return over_lines(text) if "\n" in text or (words and any(map(_may_be_of_key, words))) else text


def _may_be_of_key(word: str) -> bool:
    """Whether a word is base64 and as long as a line of a private key."""
    return len(word) >= _BODY_LINE and word.rstrip("=").replace("+", "").replace("/", "").isalnum()


def over_lines(text: str) -> str:
    """A text whose lines are redacted, without what only the line before tells, or the form of a whole line."""
    from gateway_core.redaction.across_lines import hide_across_lines

    return hide_across_lines(text)


def _tells(text: str, words: Sequence[str]) -> bool:
    """Whether the text may hold a secret that something beside it tells."""
    lowered = text.lower()
    for word in _TELLING_WORDS:
        if word in lowered:
            return True
    if "sess" in lowered and holds_any(lowered, _SESSION_IDS):
        return True
    if "code" in lowered and holds_any(lowered, _CODES):
        return True
    for word in _SHORT_WORDS:
        if word in lowered and _stands_alone(word, text, lowered):
            return True
    return _tells_by_signs(text, lowered, words)


def _tells_by_signs(text: str, lowered: str, words: Sequence[str]) -> bool:
    if "=" in text and holds_any(text, _PARAMETER_SIGNS) and holds_any(lowered, _TELLING_PARAMETERS):
        return True
    if "://" in text and "@" in text:
        return True
    if words and (holds_any(text, _SCHEMES) or ("\\" in text and '"' in text)):
        return True
    if "-" in text and (text[0] == "-" or holds_any(text, _OPTION_SIGNS)) and has_telling_option(text):
        return True
    return not text.isascii() and holds_any(text, _FOREIGN_LETTERS)


def _stands_alone(word: str, text: str, lowered: str) -> bool:
    """Whether a short word is no middle of a longer one: so in “userPin” and “DB_PW”, but not in “stopping”."""
    at = lowered.find(word)
    while at >= 0:
        before, behind = text[at - 1 : at], lowered[at + len(word) : at + len(word) + 1]
        begins = not before.isalpha() or text[at].isupper() or word == "pw" or before in "tT"
        if begins and (not behind.isalpha() or behind in "sd"):
            return True
        at = lowered.find(word, at + 1)
    return False


def _hide_in_string(said: str, depth: int) -> str:
    """What a string of JSON says, without secrets; escapes in it must not keep a name apart from its value."""
    hidden = _hide(said, depth)
    if is_inert(hidden):
        return hidden
    plain = inert(hidden)
    return hidden if (shown := _hide(plain, depth)) == plain else shown
