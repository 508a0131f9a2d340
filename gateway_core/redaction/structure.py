"""Secrets that the structure of JSON and its like tells: keys, sibling keys, pairs, headers, arguments.

Whatever stands in brackets somewhere in a text is read, also where it is cut short, has single quotes or no quotes, or
is JSON in a string of JSON; only the secrets in it are replaced, all else stays as it is written.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway_core.redaction.arguments import hidden_by_position
from gateway_core.redaction.names import REDACTED, Secrecy, is_no_secret, is_plain_word, secrecy_of

_TOKEN = re.compile(
    r"(?<![\w)\]\\])\"(?P<double>[^\"\\]*+(?:\\.[^\"\\]*+)*)\"?"
    r"|(?<![\w)\]\\])'(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*)'?"
    r"|\\{1,7}[\"'](?P<escaped>[^\"'\\]*+)(?:\\{1,7}[\"'])?"  # a string of JSON that itself stands in a string
    r"|(?P<mark>[{}\[\],]|=>|[:=])"
    r"|(?P<bare>[^\s\"'{}\[\]:,=\\]++|[\\\"'])",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BEGINNING = re.compile(r"[{\[]|(?<![\w)\]\\])\"")
_DEEPEST = 6  # strings in strings
_NAMING = frozenset(
    [
        "name",
        "key",
        "k",
        "n",
        "header",
        "headername",
        "field",
        "param",
        "parameter",
        "id",
        "label",
        "variable",
        "var",
        "option",
        "property",
        "prop",
        "attribute",
        "attr",
        "flag",
        "env",
        "keyname",
        "parameterkey",
        "parametername",
        "envname",
        "setting",
        "changed",
        "question",
        "prompt",
    ]
)
_CLASSIFYING = frozenset({"type", "kind", "path", "title"})
_HOLDING = frozenset(
    [
        "value",
        "v",
        "val",
        "values",
        "default",
        "current",
        "new",
        "old",
        "raw",
        "plain",
        "plaintext",
        "secret",
        "to",
        "from",
        "before",
        "after",
        "parametervalue",
        "headervalue",
        "envvalue",
        "answer",
        "newvalue",
        "oldvalue",
        "actual",
        "expected",
    ]
)
_HOLDING_TEXT = frozenset({"data", "content", "contents", "text", "string", "input"})
_DESCRIBING = frozenset(
    [
        "source",
        "type",
        "mode",
        "kind",
        "status",
        "id",
        "name",
        "username",
        "user",
        "provider",
        "scope",
        "scopes",
        "path",
        "file",
        "created",
        "createdat",
        "expires",
        "expiresat",
        "expiry",
        "profile",
        "profileid",
        "model",
        "version",
        "label",
        "title",
        "method",
        "reason",
        "algorithm",
        "alg",
        "host",
        "domain",
    ]
)
_PROGRAM = frozenset({"command", "cmd", "program", "file", "exe", "executable", "bin", "binary"})
_ARGUMENTS = frozenset({"args", "argv", "arguments", "params"})
_NAMED_BEFORE = re.compile(r"([\w.-]{1,80})\\{0,3}[\"']?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}\Z")
_HEADER = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_LONG_WORD = re.compile(r"(?!\d+\Z)(?:[\w+/=]{8,}|[\w+/=-]{20,})")
_MIXED_WORD = re.compile(r"(?=[a-zA-Z]*\d)(?=\d*[a-zA-Z])[a-zA-Z\d]{7,}")
_NUMBER = re.compile(r"-?\d[\d.eE+-]*")
_LONG_NUMBER = re.compile(r"\d{4,}")
_LITERALS = frozenset({"null", "true", "false", "None", "True", "False", "undefined"})


@dataclass(slots=True)
class _Scalar:
    """A string, number or word of the text: where it stands without its quotes, and what it says."""

    start: int
    end: int
    said: str
    quote: str = ""
    rewritable: bool = False


@dataclass(slots=True)
class _Container:
    """An object or a list, as far as it has been read."""

    opener: str
    secret: bool = False  # what is in it belongs to a name that tells a secret
    loose: bool = False  # that name stands in plain text, where a list may be of anything that has to do with secrets
    program: str | None = None  # what is in it are the arguments of that program
    key: _Scalar | None = None
    pending: _Scalar | None = None  # the scalar that was read last; a colon makes it a key
    members: list[tuple[_Scalar | None, _Scalar]] = field(default_factory=list)

    def take(self) -> None:
        """Make a member of what is pending."""
        if self.pending is not None:
            self.members.append((self.key, self.pending))
        self.key = self.pending = None


def hide_by_structure(text: str, hide_in_text: Callable[[str, int], str], depth: int = 0) -> str:
    """The text without the secrets that its structure tells; `hide_in_text` is asked about the strings in it."""
    begin = _BEGINNING.search(text)
    if begin is None:
        return text
    containers, strings = _read(text, begin.start())
    instead = {(found.start, found.end): _redacted(found, key) for each in containers for key, found in _secrets(each)}
    for string in strings:
        if (string.start, string.end) not in instead and (new := _rewritten(string, hide_in_text, depth)) is not None:
            instead[string.start, string.end] = new
    return _replaced(text, instead)


def _read(text: str, begin: int) -> tuple[list[_Container], list[_Scalar]]:
    """All containers of the text, and its strings in which more may be."""
    outside = _Container("")
    stack, done, strings = [outside], [], []
    for token in _TOKEN.finditer(text, begin):
        mark, top = token["mark"], stack[-1]
        if mark is None:
            scalar = _scalar(token)
            if scalar.rewritable:
                strings.append(scalar)
            if top is not outside:
                _put(top, scalar, text)
        elif mark in "{[":
            named = _name_before(text, token.start()) if top is outside else top.key.said if top.key is not None else ""
            secret = top.secret or secrecy_of(named) is Secrecy.CERTAIN
            stack.append(_Container(mark, secret, loose=top.loose or top is outside, program=_program_of(top)))
        elif mark in "}]" and len(stack) > 1:
            top.take()
            done.append(stack.pop())
            stack[-1].key = stack[-1].pending = None
        elif top is not outside:
            _mark(top, mark, token.end(), text)
    for container in stack[1:]:  # the text was cut
        container.take()
    return done + stack[1:], strings


def _program_of(parent: _Container) -> str | None:
    """The program whose arguments come next, as in `{"command": "sshpass", "args": ["-p", S]}`."""
    if parent.key is None or parent.key.said.lower() not in _ARGUMENTS:
        return None
    return next((value.said for key, value in parent.members if key and key.said.lower() in _PROGRAM), None)


def _name_before(text: str, at: int) -> str:
    """What a bracket belongs to that is in no other, as in `credentials: { … }`; empty if that has no name."""
    begin = max(0, at - 100)
    found = _NAMED_BEFORE.search(text, begin, at) if text[begin:at].rstrip().endswith((":", "=", "=>")) else None
    return found[1] if found is not None else ""


def _scalar(token: re.Match[str]) -> _Scalar:
    kind = token.lastgroup or "bare"
    start, end = token.span(kind)
    said = token[kind]
    quote = {"double": '"', "single": "'", "escaped": '"'}.get(kind, "")
    if kind in ("double", "single") and "\\" in said:
        said = _decoded(said, quote)
    worth = kind in ("double", "single") and (said != token[kind] or "{" in said or "[" in said)
    return _Scalar(start, end, said, quote, worth)


def _decoded(inner: str, quote: str) -> str:
    """What a string says whose escapes are those of JSON; of other escapes the backslash is dropped."""
    if quote == '"':
        try:
            return str(json.loads(f'"{inner}"', strict=False))
        except ValueError:
            pass
    return _ESCAPED.sub(lambda escape: {"n": "\n", "t": "\t"}.get(escape[1], escape[1]), inner)


def _put(container: _Container, scalar: _Scalar, text: str) -> None:
    pending = container.pending
    if pending is None:
        container.pending = scalar
    elif not pending.quote and not scalar.quote:  # several words without quotes are one value
        pending.end, pending.said = scalar.end, text[pending.start : scalar.end]


def _mark(container: _Container, mark: str, end: int, text: str) -> None:
    pending = container.pending
    if mark == ",":
        container.take()
    elif container.key is None and pending is not None:
        container.key, container.pending = pending, None
    elif pending is not None and not pending.quote:
        pending.end, pending.said = end, text[pending.start : end]


def _secrets(container: _Container) -> Iterator[tuple[_Scalar | None, _Scalar]]:
    """The members that are secrets, each with its key."""
    if not any(key for key, _ in container.members):
        yield from ((None, found) for found in _secrets_of_list(container))
        return
    yield from _siblings(container)
    for key, value in container.members:
        if key is not None and _is_secret(key.said, value, container):
            yield key, value


def _is_secret(key: str, value: _Scalar, container: _Container) -> bool:
    secrecy = secrecy_of(key)
    if secrecy is Secrecy.NONE:
        if not container.secret or key.lower() in _DESCRIBING or is_no_secret(value.said, Secrecy.CERTAIN):
            return False
        return bool(value.quote) or (container.loose and _MIXED_WORD.fullmatch(value.said) is not None)
    return _holds_secret(key, value, secrecy)


def _holds_secret(name: str, value: _Scalar, secrecy: Secrecy) -> bool:
    """Whether a value beside that name is a secret."""
    if is_no_secret(value.said, secrecy) or (not value.quote and value.said in _LITERALS):
        return False
    if not value.quote and _NUMBER.fullmatch(value.said):
        counted = name.lower().endswith("tokens")
        return not counted and (secrecy is Secrecy.CERTAIN or _LONG_NUMBER.fullmatch(value.said) is not None)
    return True


def _siblings(container: _Container) -> Iterator[tuple[_Scalar | None, _Scalar]]:
    """The values beside a key that names them, as in `{"name": "token", "value": …}`."""
    held: frozenset[str] = frozenset()
    name, secrecy = "", Secrecy.NONE
    for key, value in container.members:
        said = key.said.lower() if key is not None else ""
        if (said in _NAMING or said in _CLASSIFYING) and (found := secrecy_of(value.said)) is not Secrecy.NONE:
            name, secrecy = value.said, found
            held |= _HOLDING | _HOLDING_TEXT if said in _NAMING else _HOLDING
    if held:
        for key, value in container.members:
            if key is not None and key.said.lower() in held and _holds_secret(name, value, secrecy):
                yield key, value


def _secrets_of_list(container: _Container) -> Iterator[_Scalar]:
    values = [value for _, value in container.members]
    if container.secret:
        found = [value for value in values if _may_be_secret(value, loose=container.loose)]
        yield from found
        if found and container.loose:  # beside a secret, a word is one as well
            words = (value for value in values if is_plain_word(value.said))
            yield from (value for value in words if not is_no_secret(value.said, Secrecy.CERTAIN))
        return
    program = [] if container.program is None else [container.program]
    shown = hidden_by_position([*program, *(value.said for value in values)])[len(program) :]
    for value, instead in zip(values, shown, strict=True):
        if instead is not None and value.quote:
            yield value
    if len(values) % 2 == 0:  # names and values in turn: a pair, or the headers that Node.js keeps
        for name, value in zip(values[::2], values[1::2], strict=True):
            harmless = not value.quote or is_plain_word(value.said) or is_no_secret(value.said, Secrecy.LIKELY)
            if _names_in_pair(name) and not harmless:
                yield value


def _may_be_secret(value: _Scalar, *, loose: bool) -> bool:
    """Whether a member of a list of secrets is one: in plain text it may be a name, a scope or a number, too."""
    if is_no_secret(value.said, Secrecy.CERTAIN) or (loose and is_plain_word(value.said)):
        return False
    long = _LONG_WORD.fullmatch(value.said) or _MIXED_WORD.fullmatch(value.said)
    return bool(value.quote) or (loose and long is not None)


def _names_in_pair(name: _Scalar) -> bool:
    return bool(name.quote) and bool(_HEADER.fullmatch(name.said)) and secrecy_of(name.said) is not Secrecy.NONE


def _redacted(scalar: _Scalar, key: _Scalar | None) -> str:
    """What stands in place of a secret; a number becomes a string where keys are strings."""
    bare = not scalar.quote and key is not None and key.quote == '"'
    return f'"{REDACTED}"' if bare else REDACTED


def _rewritten(string: _Scalar, hide_in_text: Callable[[str, int], str], depth: int) -> str | None:
    """The inside of a string without the secrets in what it says; `None` if there are none."""
    hidden = hide_in_text(string.said, depth + 1) if depth < _DEEPEST else REDACTED
    if hidden == string.said:
        return None
    inner = json.dumps(hidden, ensure_ascii=False)[1:-1]
    return inner if string.quote == '"' else inner.replace('\\"', '"').replace("'", "\\'")


def _replaced(text: str, instead: dict[tuple[int, int], str]) -> str:
    parts, end = [], 0
    for (start, stop), new in sorted(instead.items()):
        if start >= end:
            parts += [text[end:start], new]
            end = stop
    return "".join((*parts, text[end:]))
