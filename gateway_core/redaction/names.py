"""Names that secrets have, and values that are none although they bear such a name."""

import re
from enum import Enum
from functools import lru_cache

REDACTED = "[redacted]"


class Secrecy(Enum):
    """How surely the value beside a name is a secret."""

    NONE = 0
    LIKELY = 1  # a secret, unless the value is a word or a small number, as in “auth: token mode” and “pass: 3”
    CERTAIN = 2


KEY_OWNERS = (
    "api|access|auth|private|admin|bot|encryption|decryption|signing|secret|master|account|shared|license|service|app"
    "|application|client|consumer|subscription|hmac|crypto|cipher|aes|rsa|ssh|wallet|deploy|webhook|developer|gateway"
    "|ingest|integration|provider|functions|host"
)
"""What a key belongs to that is a secret; a `storageKey`, a `sessionKey` and a `publicKey` are none."""
LOGIN_OWNERS = (
    "ssh|db|user|my|mysql|pg|root|admin|ftp|smtp|imap|mail|proxy|redis|key|wifi|login|sudo|http|ldap|vnc|rdp|store"
    "|require"
)
CODES = "mfa|2fa|otp|pin|verification|confirmation|security|recovery|backup|login|access|one-time|one_time"
"""What a code is for that lets somebody in once; an `exitCode` and an error's `code` are none."""
_WEAK_STEMS = f"pass|pwd|pw|pins?|otp|totp|sid|auth|oauth|bearer|sess(?:ion)?[_ -]?id|(?:{CODES})[_ -]?code"
_FUSED_STEMS = (
    rf"(?:{LOGIN_OWNERS})pass|(?:basic|proxy|http|master|x)auth|(?:j|php|asp)?sess(?:ion)?id|[a-z]{{2,12}}pwd"
)
STRONG_STEMS = (
    r"tokens?|passw(?:or)?ds?|passphrases?|passcodes?|secrets?|credentials?|creds?|authorization|cookies?|jwts?"
    rf"|(?:{KEY_OWNERS})[_ -]?keys?(?:_?base)?"
)

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STRONG = re.compile(rf"(?:{STRONG_STEMS})\Z".replace("[_ -]?", "_?"))
_STRONG_WITHIN = re.compile(r"(?:token|passw(?:or)?d|passphrase|secret|credential|apikey|accesskey|privatekey)\Z")
_WEAK = re.compile(rf"(?:.*_)?(?:{_WEAK_STEMS}|{_FUSED_STEMS})\Z".replace("[_ -]?", "_?"))
_KEY_OF_ENVIRONMENT = re.compile(r"[A-Z0-9_]+_KEYS?(?:_?\d{1,3})?")
_PUBLIC = re.compile(
    r"(?:^|_)(?:public|max|min|num|total|count|n|prompt|completion|input|output|cached|context)_[a-z]+\Z"
)

_NO_SECRETS = frozenset((
    "null", "none", "nil", "undefined", "true", "false", "yes", "no", "missing", "absent", "unset", "empty",
    "required", "optional", "invalid", "expired", "mismatch", "mismatched", "rejected", "revoked", "redacted",
    "hidden", "masked", "unknown", "n/a", "present", "provided", "omitted", "configured",
))  # fmt: skip
_PLACEHOLDER = re.compile(
    r"\[redacted\]\W*|[*•·.…xX_-]+|<[\w .-]{0,40}>|\$\w{1,80}|\$\{\w{1,80}\}|%\w{1,80}%|\[object \w{1,20}\]"
)
_ORDINARY_FOR_WEAK = frozenset((
    "ok", "okay", "failed", "failure", "error", "off", "on", "enabled", "disabled", "denied", "accepted", "success",
    "succeeded", "granted", "pending", "token", "tokens", "password", "passwords", "basic", "bearer", "oauth",
    "oauth2", "api-key", "api_key", "apikey", "trusted-proxy", "tailscale", "mode", "default", "auto", "local",
    "device", "key", "skipped", "skip", "retry", "started", "done", "using", "via", "per-user", "shared", "public",
    "private", "cookie", "jwt", "digest", "ntlm", "header", "query", "main", "env", "config", "file", "keychain",
    "cli", "web", "user", "session", "any", "all", "anonymous", "noauth", "loopback", "allow", "deny", "request",
    "requests", "requested",
))  # fmt: skip
_LONGEST_NAME = 120  # characters; its end tells what it names
_SMALL = 3  # digits of a number that counts something, and is no code
_PATH = re.compile(r"(?:[/~]|[A-Za-z]:\\).*")
_PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z]{0,13}(?:[-'][a-z]{1,10})?[.,;:!?)]{0,2}")


def secrecy_of(name: str) -> Secrecy:
    """How surely the value of that key, flag, header or variable is a secret."""
    return _secrecy_of(name[-_LONGEST_NAME:])


@lru_cache(maxsize=4096)
def _secrecy_of(name: str) -> Secrecy:
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if words[:1] == ["no"]:
        return Secrecy.NONE
    joined = "_".join(words)
    if _KEY_OF_ENVIRONMENT.fullmatch(name) and not _PUBLIC.search(joined):
        return Secrecy.CERTAIN
    if _is_strong(joined) and not (words[-1].endswith("s") and _PUBLIC.search(joined)) and "public_key" not in joined:
        return Secrecy.CERTAIN
    return Secrecy.LIKELY if _WEAK.match(joined) else Secrecy.NONE


def _is_strong(joined: str) -> bool:
    if _STRONG_WITHIN.search(joined):
        return True
    found = _STRONG.search(joined)
    return found is not None and (found.start() == 0 or joined[found.start() - 1] == "_")


def is_no_secret(value: str, secrecy: Secrecy) -> bool:
    """Whether a value beside a name that tells a secret is none: nothing, a placeholder, a word that says why."""
    value = value.strip(" \t\\\"'`,;")
    lowered = value.lower()
    if not value or lowered in _NO_SECRETS or _PLACEHOLDER.fullmatch(value):
        return True
    if secrecy is not Secrecy.LIKELY:
        return False
    small = len(value) <= _SMALL and value.isdigit()
    return small or lowered in _ORDINARY_FOR_WEAK or _PATH.match(value) is not None


def is_plain_word(value: str) -> bool:
    """Whether prose would have that word: small letters only, and not many."""
    return _PLAIN_WORD.fullmatch(value) is not None
