"""Makes foreign text safe to show: secrets become `[redacted]`, and nothing in it can steer a terminal.

For command lines, log lines and error messages, which anybody may have written. It errs on the side of hiding: a word
too many is lost rather than a token shown. Every pattern is linear in the length of the text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from gateway_core.shell_commands import ShellCommand, quoted

REDACTED = "[redacted]"
LONGEST_COMMAND = 300  # characters

_WORD = (
    r"(?:token|passw(?:or)?d|passphrase|secret|credentials?|authorization|cookie"
    r"|(?:api|access|auth|private|admin|bot|encryption|signing)[_ -]?key|(?-i:_KEY))(?:_?\d{1,3})?"
)
_SEPARATOR = r"\\{0,3}[\"']?[ \t]{0,8}(?:=>|[:=])[ \t]{0,8}"
_VALUE = (
    r"(?!\\*[\"']?\[redacted\])(?:(?:Bearer|Basic|Digest|Token)[ \t]{1,8})?"
    r"(?:\\+\"[^\"\\]*+\\+\""  # a quoted string inside a quoted string
    r"|\"[^\"\\]*+(?:\\.[^\"\\]*+)*\""
    r"|'[^'\\]*+(?:\\.[^'\\]*+)*'"
    r"|(?:[^\s\"]++|\"(?![,}\]:\s]|$))+)"  # up to a blank, or a quote that closes what the whole text is in
)

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*+(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS …: titles, clipboard
    r"|\x1b[ -/]*+[0-~]?"
)
_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
)
_INVISIBLE_CHARACTER = re.compile(f"[{_INVISIBLE}]")
_UNPRINTABLE_CHARACTER = re.compile(f"[{_INVISIBLE}\t\n]")

_URL_PARAMETER = re.compile(
    r"([?&#;](?:[\w.-]{0,40}?(?:token|secret|password|key|signature)|auth|sig|code|jwt)=)(?!\[redacted\])[^&#\s\"'<>]++",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"(cookies?[ \t]*+:[ \t]*+)(?![\"'\\]|\[(?!redacted\]))"  # a header, up to the end of what it stands in
    r"(?:[^\n\\\"'=]++|=\"[^\"\n]*+\"(?=[ \t]*+;)|='[^'\n]*+'(?=[ \t]*+;)|(?!\\{0,3}[\"'](?:[,}\]):\s]|$))[^\n])+"
    r"|(cookies?\\{0,3}[\"']?[ \t]*+:[ \t]*+)\[(?:[^\n\]]++|\](?![\s,}]|$))*\]?",  # a list of them
    re.IGNORECASE,
)
_NAMED_VALUE = re.compile(f"({_WORD}{_SEPARATOR}){_VALUE}", re.IGNORECASE)
_FLAG_VALUE = re.compile(rf"((?<![\w-])--?[\w-]{{0,60}}?{_WORD}[ \t]{{1,8}}){_VALUE}", re.IGNORECASE)
_EXPECTS_VALUE = re.compile(
    rf"(?:\A(?!--no-)--?[\w-]{{0,60}}?{_WORD}|{_WORD}{_SEPARATOR}|\b(?:Bearer|Basic))\Z", re.IGNORECASE
)
_AUTHORIZATION = re.compile(r"\b((?:Bearer|Basic)[ \t]{1,8})(?!\[redacted\])[^\s\"',;]++", re.IGNORECASE)
_USERINFO = re.compile(r"(://)([^\s/?#@:]*+)(:[^\s/?#]*)?@(?=[^\s/?#@])")
_LONG_NEAR_WORD = re.compile(
    rf"({_WORD}s?[^\n]{{0,24}}?)(?<![\w+/=.~-])[A-Za-z0-9+_=-][A-Za-z0-9+/_=-]{{31,}}+", re.IGNORECASE
)
_WELL_KNOWN = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)"
    r"|(?<![\w-])(?:sk|pk|rk|xai|pplx|nvapi|tskey|glpat|xapp|xox[a-z])-[\w-]{8,}+"
    r"|(?<!\w)(?:gh[a-z]_|github_pat_|hf_|npm_|gsk_|r8_|tvly-|pypi-)[\w-]{8,}+"
    r"|(?<!\w)(?:AKIA|ASIA)[0-9A-Z]{12,}+|(?<!\w)AIza[\w-]{20,}+|(?<!\w)ya29\.[\w-]{8,}+"
    r"|(?<!\d)\d{5,20}:AA[\w-]{20,}+"  # Telegram bot
    r"|(?<![\w.-])[MNO][\w-]{22,40}\.[\w-]{6}\.[\w-]{25,}+"  # Discord bot
    r"|(?<![\w.-])eyJ[\w-]{8,}+(?:\.[\w-]++){1,4}",  # JSON web token
    re.DOTALL,
)
_TELLING_WORDS = (
    "token", "passw", "passphrase", "secret", "credential", "authorization", "cookie", "key",
    "auth", "sig", "code", "jwt", "bearer", "basic", "@",
)  # fmt: skip
"""Without any of these, text in ASCII holds nothing for the patterns that go by a word."""
_TELLING_BEGINNINGS = (
    "-----begin", "sk-", "pk-", "rk-", "xai-", "pplx-", "nvapi-", "tskey-", "glpat-", "xapp-", "xox", "gh", "github_",
    "hf_", "npm_", "gsk_", "r8_", "tvly-", "pypi-", "akia", "asia", "aiza", "ya29.", ":aa", "eyj",
)  # fmt: skip
"""Without any of these, and without the shape below, it holds no well-known secret."""
_TELLING_SHAPE = re.compile(r"\.[\w-]{6}\.[\w-]{25}")


def redact(text: str) -> str:
    """`text` without secrets, escape sequences and control characters; line breaks and tabs stay."""
    if _INVISIBLE_CHARACTER.search(text):
        # Hidden before as well, because a stray escape may swallow the very word that tells a secret.
        text = _INVISIBLE_CHARACTER.sub("", _ESCAPE_SEQUENCE.sub("", _hide_secrets(text)))
    return _hide_secrets(text)


def redact_command(argv: Sequence[str]) -> str:
    """A command line to show: redacted, quoted for a shell, on one line, cut to `LONGEST_COMMAND`."""
    arguments = list(argv)
    while arguments and not arguments[-1].strip(" \0"):  # padding that a process leaves when it renames itself
        arguments.pop()
    command = " ".join(_quoted(argument) for argument in _redacted_arguments(arguments))
    return command if len(command) <= LONGEST_COMMAND else command[: LONGEST_COMMAND - 1] + "…"


def shown_command(argv: Sequence[str], variables: Mapping[str, str] | None = None) -> ShellCommand:
    """A command of ours to show, whole; a word is another one only where a secret is in it."""
    named = tuple((variables or {}).items())
    words = (*(f"{name}={value}" for name, value in named), *argv)
    hidden = zip(words, _redacted_arguments(words), strict=True)
    told = [redacted if REDACTED in redacted else word for word, redacted in hidden]
    values = zip((name for name, _ in named), told, strict=False)
    return ShellCommand(
        tuple(told[len(named) :]), tuple((name, word.removeprefix(f"{name}=")) for name, word in values)
    )


def printable(text: str) -> str:
    """`text` on one line and without anything that a terminal acts upon; secrets are not looked for."""
    return _UNPRINTABLE_CHARACTER.sub("", _ESCAPE_SEQUENCE.sub("", text))


def _hide_secrets(text: str) -> str:
    # Most lines of a busy log hold nothing: telling so by plain substrings is ten times as fast as the patterns.
    lowered = text.lower()
    foreign = not text.isascii()  # ignoring case, a pattern takes some letters beyond ASCII for those in it
    if foreign or _holds_any(lowered, _TELLING_BEGINNINGS) or _TELLING_SHAPE.search(text):
        text = _WELL_KNOWN.sub(REDACTED, text)
    if foreign or _holds_any(lowered, _TELLING_WORDS):
        text = _hide_named_secrets(text)
    return text


def _holds_any(text: str, parts: Sequence[str]) -> bool:
    for part in parts:  # noqa: SIM110 - half the time of any(), and nearly all of it is spent here
        if part in text:
            return True
    return False


def _hide_named_secrets(text: str) -> str:
    text = _USERINFO.sub(_hide_userinfo, text)
    text = _COOKIES.sub(lambda match: f"{match[1] or match[2]}{REDACTED}", text)
    for pattern in (_URL_PARAMETER, _NAMED_VALUE, _FLAG_VALUE, _AUTHORIZATION, _LONG_NEAR_WORD):
        text = pattern.sub(rf"\g<1>{REDACTED}", text)
    return text


def _redacted_arguments(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments, where the one after `--token`, `Bearer` and their like is hidden whatever it looks like."""
    hidden = False
    for argument in arguments:
        yield REDACTED if hidden else redact(argument.strip(" \0"))
        hidden = _EXPECTS_VALUE.search(argument.rstrip()) is not None


def _quoted(argument: str) -> str:
    visible = argument.replace("\n", "\\n").replace("\t", "\\t")
    rest = visible.replace(REDACTED, "")
    return visible if rest != visible and (not rest or quoted(rest) == rest) else quoted(visible)


def _hide_userinfo(match: re.Match[str]) -> str:
    scheme, user, password = match.groups()
    if password is not None:
        return f"{scheme}{user}:{REDACTED}@"
    return f"{scheme}{REDACTED if len(user) >= 16 else user}@"  # a name this long is a token
