"""Stand-ins for secrets: made at run time, planted where gateways keep theirs, and recognised wherever they turn up."""

import base64
import random
import re
from collections.abc import Iterator
from html import unescape

CANARY = "CANARY0123456789abcdef0123456789"
"""A secret for tests that plant one alone, and look for it by themselves."""
_LETTERS = "bcdfghjklmnpqrstvwxz"
"""No vowels and no hexadecimal words: nothing but a canary looks like one."""
_LENGTH = 24
_PIECE = 10
"""So much of a secret is too much, also where the rest was cut off."""
_TAG = re.compile(r"<[^>]*>")


class Canaries:
    """Hands out secrets, each for one place, and finds them again in any text."""

    def __init__(self) -> None:
        self._pieces: dict[str, str] = {}

    def plant(self, place: str) -> str:
        """A new secret; `place` is what a leak of it will be called."""
        secret = "".join(random.choices(_LETTERS, k=_LENGTH))
        for form in _forms(secret):
            self._pieces |= {form[at : at + _PIECE]: place for at in range(len(form) - _PIECE + 1)}
        return secret

    def found_in(self, text: str) -> set[str]:
        """The places whose secret, or a piece of it, is in that text; line breaks do not hide it."""
        shown = unescape(_TAG.sub("", text)) if text.lstrip().startswith("<svg") else text
        joined = "".join(shown.split())
        windows = {joined[at : at + _PIECE] for at in range(len(joined) - _PIECE + 1)}
        return {self._pieces[window] for window in windows & self._pieces.keys()}


def _forms(secret: str) -> Iterator[str]:
    """The secret as it is, backwards, percent-encoded, in hexadecimal, and in base64 at each alignment."""
    yield secret
    yield secret[::-1]
    yield secret.upper()
    yield "".join(f"%{byte:02x}" for byte in secret.encode())
    yield "".join(f"%{byte:02X}" for byte in secret.encode())
    yield secret.encode().hex()
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + secret.encode()).decode()
        yield encoded[4 if offset else 0 : len(encoded) - 4]
