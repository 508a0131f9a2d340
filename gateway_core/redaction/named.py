"""Secrets in plain text that a name beside them tells: assignments, flags, headers, addresses, tags, prose."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from gateway_core.redaction.names import (
    CODES,
    KEY_OWNERS,
    LOGIN_OWNERS,
    REDACTED,
    STRONG_STEMS,
    Secrecy,
    is_no_secret,
    is_plain_word,
    secrecy_of,
)
from gateway_core.redaction.shapes import SHORTEST, holds_any

_NAME = re.compile(
    r"(?:(?P<strong>tokens?|passw(?:or)?ds?|passphrases?|passcodes?|secrets?|cred(?:ential)?s?|authorization|cookies?|jwts?)"
    r"|(?P<key>keys?(?:_base)?)"
    rf"|(?P<weak>(?:{CODES})[_ -]?code|pass|pwd|pw|pins?|otp|sid|auth|bearer|sess(?:ion)?[_ -]?id))"
    r"(?:_?\d{1,3})?"
)
"""In a text of small letters."""
_SEPARATOR = (
    r"\\{0,3}[\"']?\]?[ \t]{0,8}(?P<sign>=>|->|:=|==|=(?![=>])|:(?!=)|→|(?:%(?:25){0,2}22)?%(?:25){0,2}3[ad])[ \t]{0,8}"
)
_QUOTED = (
    r"\\+\"[^\"\\]*+\\+\""  # a quoted string inside a quoted string
    r"|\"[^\"\\]*+(?:\\.[^\"\\]*+)*\""
    r"|'[^'\\]*+(?:\\.[^'\\]*+)*'"
)
_UNQUOTED = r"(?:[^\s\"]++|\"(?![,}\]:\s]|$))+"  # up to a blank, or a quote that closes what the whole text is in
_SCALAR = r"(?:null|true|false|-?\d[\d.]{0,30})(?=[ \t]{0,8}(?:[}\]](?=[}\],\s]|$)|,[ \t]{0,8}\\{0,3}\"))"  # of JSON
_NEXT_ASSIGNMENT = r"(?!(?<=[\w\"']= )[\w.-]{1,40}=[^=\s])"  # in “sessionId= provider=x” the first has no value
_VALUE = rf"(?!\\*[\"']?\[redacted\]){_NEXT_ASSIGNMENT}(?P<value>{_SCALAR}|{_QUOTED}|{_UNQUOTED})"
_SCHEME = (
    "Bearer|Basic|Digest|Token|Negotiate|NTLM|DPoP|Bot|OAuth2?|Hawk|Api-?Key|AWS4-HMAC-SHA256|SSWS|GenieKey|Splunk"
    "|GoogleLogin"
)

ASSIGNED = re.compile(rf"{_SEPARATOR}{_VALUE}", re.IGNORECASE)
AFTER_FLAG = re.compile(rf"[ \t]{{1,8}}{_VALUE}", re.IGNORECASE)
CALLED = re.compile(r"\([ \t]?(?P<value>\"[^\"\\\n]+\"|'[^'\\\n]+')")
GIVEN = re.compile(r"[ \t]{1,4}(?:provided|given|supplied|received|used|sent)(?=[ \t]{0,4}[:=])", re.IGNORECASE)
_FLAG = re.compile(r"(?<![\w-])--?[\w-]{0,60}\Z")
WHOLE_LINE = re.compile(
    rf"^(?P<name>[ \t]*(?:export[ \t]+|set[ \t]+)?[\w.-]{{0,40}}?(?:{STRONG_STEMS})(?:_?\d{{1,3}})?[ \t]+=[ \t]+)"
    r"(?!\[redacted\])(?P<value>[^=\n\"']{1,400})$",
    re.IGNORECASE | re.MULTILINE,
)
_VERB = re.compile(
    r"\b(?:set|use|using|with|new|change|reset|require|by)[ \t]{1,4}(?:the[ \t]|new[ \t])?[\w.-]{0,60}\Z", re.IGNORECASE
)
IN_PROSE = re.compile(
    r"(?:[ \t]{1,4}(?P<is>(?:(?:is|was|has been)[ \t])?(?:set|changed|reset|rotated|updated)[ \t](?:from|to)"
    r"|is|was|are|to|now))?"
    r"[ \t]{1,4}[\"'“\u2018`]?(?!\[redacted\])(?P<value>[^\s\"'”\u2019`<>()\[\]{}]+)",
    re.IGNORECASE,
)
YOUR_CODE = re.compile(
    r"(?<![\w.-])((?:[A-Z]-)?)\d{4,8}(?= is your (?:[\w-]{1,20} ){0,3}(?:code|otp|pin)\b)", re.IGNORECASE
)
CHANGED_TO = re.compile(r"(\bfrom[ \t][\"'“`]?\[redacted\][\"'”`]?[ \t]to[ \t][\"'“`]?)([^\s\"'”`,;]+)")
LONG_NEAR = re.compile(r"[^\n]{0,24}?(?<![\w+/=.~-])(?P<value>[A-Za-z0-9+_=-][A-Za-z0-9+/_=-]{31,}+)")
AUTHORIZATION = re.compile(r"authorization\\{0,3}[\"']?[ \t]{0,8}(?:[:=]|%3a)[ \t]{0,8}(?=[^\n])", re.IGNORECASE)
SCHEME = re.compile(
    r"\b((?:(?i:Bearer|Basic)|Digest|Negotiate|NTLM|AWS4-HMAC-SHA256)[ \t]{1,8})"
    r"(?!\[redacted\])((?:[^\s\"',;\\]++|\\(?![\"']))+)"
)
COOKIES = re.compile(
    r"(cookies?[ \t]*+:[ \t]*+)(?![\"'\\]|\[(?!redacted\](?!,)))"  # a header, up to the end of what it stands in
    r"(?:[^\n\\\"'=]++|=\"[^\"\n]*+\"(?=[ \t]*+;)|='[^'\n]*+'(?=[ \t]*+;)|(?!\\{0,3}[\"'](?:[,}\]):\s]|$))[^\n])+"
    r"|(cookies?\\{0,3}[\"']?[ \t]*+:[ \t]*+)\[(?:[^\n\]]++|\](?![\s,}]|$))*\]?",  # a list of them
    re.IGNORECASE,
)
URL_PARAMETER = re.compile(
    r"(?:[?&#;]|%(?:25){0,2}(?:26|3f))([\w.%\[\]-]{1,80}?)(?:=|%(?:25){0,2}3d)(?=[^&#\s\"'<>])", re.IGNORECASE
)
_PARAMETER_BEGINS = re.compile(r"%(?:25){0,2}(?:26|3f)", re.IGNORECASE)
_PARAMETER_VALUE = re.compile(r"[^&#\s\"'<>]++")
_NEXT_PARAMETER = re.compile(r"%(?:25)?26")
ADDRESS = re.compile(r"://([^\s\"<>]++)")
ELEMENT = re.compile(r"<([A-Za-z][\w:.-]{0,60})(?:[ \t\n][^<>]{0,200})?>(?:<!\[CDATA\[)?([^<]+?)(?=\]\]>|<|\Z)")
PLIST_ENTRY = re.compile(r"(<(?:key|name)>([^<]{1,80})</(?:key|name)>\s{0,40}<\w{1,20}>)([^<]+)")
NAMED_ELEMENT = re.compile(
    r"(<[A-Za-z][\w:.-]{0,60}[ \t\n](?:[^<>]{0,200}[ \t\n])?(?:key|name)=[\"']([^\"'<>]{1,80})[\"']"
    r"[^<>]{0,200}>\s{0,40}(?:<value>)?)([^<]+)"
)
ATTRIBUTES = re.compile(r"<[A-Za-z][^<>]*+>")
_TAG = re.compile(r"<(?:\w{1,40}:)?([\w.-]{1,60})")
_ATTRIBUTE = re.compile(r"\b(key|name|id|type|value|content)=([\"'])([^\"'<>]{0,2000})[\"']")
SIBLINGS = re.compile(  # where broken JSON hides its structure
    r"([\"'](?:key|name|id|field|header)[\"'][ \t]?:[ \t]?[\"']([\w.-]{1,80})[\"'][ \t]?,"
    r"\s{0,20}[\"'](?:value|val)[\"'][ \t]?:[ \t]?[\"'])([^\"']+)"
)
NETRC = re.compile(r"(\b(?:login|user)[ \t\n]{1,8}\S{1,200}[ \t\n]{1,8}password[ \t\n]{1,8})(\S+)")
SERVER_COMMAND = re.compile(
    r"(\b(?:AUTH(?:[ \t](?:default|PLAIN|LOGIN))?|(?i:NickServ)[ \t]:?IDENTIFY"
    r"(?:[ \t][^\s\"',]{1,40}(?=[ \t][^\s\"']))?"
    r"|requirepass|masterauth|IDENTIFIED BY|PASSWORD)[ \t]{1,4})([\"']?[^\s\"';,]{3,})"
)
WITH_USER = re.compile(
    r"((?<![^\s\"'])(?:-u|-U|--user|--proxy-user|--userpwd)(?:[ \t]{1,4}|=)[\"']?)([^\s:\"'/]{0,64}:)(?!//)([^\s\"']+)"
)
_PARAMETERS = frozenset(
    {"sig", "code", "key", "state_token", "hmac", "signature", "ticket", "t", "access", "assertion"}
)
_SAFE_SCHEME_WORDS = re.compile(r"(?:realm|error|charset)=.*|[A-Z]?[a-z]{1,15}[.:!)]{0,2}|\d{1,8}", re.DOTALL)
_AUTHORIZED = re.compile(
    rf"(?:(?:{_SCHEME}|[A-Za-z][A-Za-z0-9-]{{1,24}})\\?[ \t]{{1,8}}\\{{0,3}}[\"']?)?[^\s\"',;\\]+", re.IGNORECASE
)
_QUOTED_REST = re.compile(r"\"[^\"\n]*+\"|'[^'\n]*+'")
_PARAMETERS_FOLLOW = re.compile(r"[^\n\"'=]{0,200}+(?<=[\w-])=(?:\\{0,3}[\"']|[^\s=])")
_HEADER_REST = re.compile(r"(?:[^\n\"'=\\]|=\\{0,3}\"[^\"\n]*\"?|='[^'\n]*'?|=|\\(?![\"'nr]))*")
_PORT = re.compile(r"\d{1,5}(?:[/?#]|\Z)")
_KEY_OWNERS = tuple(KEY_OWNERS.split("|"))
_FUSED_OWNERS = {
    "pass": tuple(LOGIN_OWNERS.split("|")),
    "auth": ("basic", "proxy", "http", "master", "x", "o"),
    "otp": ("t",),
    "sessid": ("j", "php", "asp"),
    "sessionid": ("j", "php", "asp"),
    "pw": ("db", "user", "my", "pg", "root", "admin"),
}
_MORE_WORDS = re.compile(r"(?:[ \t]{1,2}(?!-)[\w'-]{1,40}(?![\w=:(]))+")
_MORE_SMALL_WORDS = re.compile(r"(?:[ \t]{1,2}(?![A-Z-])[\w'-]{1,40}(?![\w=:(]))+")
_CODE = re.compile(r"\d{4,8}[.,;!]?")
_Span = tuple[int, int]
_LONGEST_OWNER = 16
_LONGEST_PLAIN_USER = 15
_SCHEMES = ("bearer", "basic", "digest", "negotiate", "ntlm", "aws4-")
_SERVER_WORDS = ("AUTH", "requirepass", "masterauth", "IDENTIF", "PASSWORD")
_LONGEST_HARMLESS = 300
_LOOKALIKES = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")
_PROSE = re.compile(r"[ \t]+[A-Za-z(][\w'()-]*(?![\w:=])")
_HAS_LETTER_AND_DIGIT = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[^/=:]{6,}")
_DATE_OR_FILE = re.compile(
    r"\d{4}-\d\d-\d\d.*|v?\d+\.\d\S*|\S*\.[a-z]{2,5}[.,;:!?)]?|[A-Z]{0,3}\d{1,4}[a-z]{0,3}[.,;:!?)]?"
)
_COUNT = re.compile(r"(?:[a-z]{1,12}=)?[~≈<>]?\d[\d.,_kKmM%]*+(?:/\d[\d.,kKmM]*+)?[;)}\]]*+[.,]?")
_STRUCTURE = re.compile(r"[{\[](?=\\*[\"'{\[]|\s|\Z|[\w.-]+\s*[:=,\]}])")


def hide_named(text: str) -> str:
    """The text without the secrets that are told by a name."""
    lowered = lower(text)
    if "://" in text:
        text = ADDRESS.sub(_hidden_userinfo, text)
    if "<" in text:
        text = _hidden_in_markup(text)
    if "cookie" in lowered:
        text = COOKIES.sub(lambda match: f"{match[1] or match[2]}{REDACTED}", text)
    if "authorization" in lowered:
        text = _hidden_where(AUTHORIZATION, text, _authorization_after)
    text = _hidden_beside_names(_hidden_in_lines(text, lowered))
    if " is your " in lowered:
        text = YOUR_CODE.sub(rf"\g<1>{REDACTED}", text)
    if "from" in lowered and REDACTED in text:
        text = CHANGED_TO.sub(_hidden_new_value, text)
    if "-u" in lowered or "--proxy-user" in text:
        text = WITH_USER.sub(_hidden_after_user, text)
    if holds_any(lowered, _SCHEMES):
        text = SCHEME.sub(_hidden_credentials, text)
    if holds_any(text, _SERVER_WORDS):
        text = SERVER_COMMAND.sub(_hidden_operand, text)
    return text


def _hidden_in_lines(text: str, lowered: str) -> str:
    """The text without secrets in addresses, in lines of settings, and beside broken names and values of JSON."""
    if "=" in text or "%" in text:
        text = _hidden_where(URL_PARAMETER, text, _parameter_after)
    if " = " in text:
        text = WHOLE_LINE.sub(_hidden_line, text)
    if "val" in lowered:
        text = SIBLINGS.sub(_hidden_sibling, text)
    if "password" in lowered:
        text = NETRC.sub(rf"\g<1>{REDACTED}", text)
    return text


def lower(text: str) -> str:
    """The text in small letters, of the same length, where letters that look like those of ASCII are such."""
    return text.lower() if text.isascii() else text.translate(_LOOKALIKES).lower()


def _hidden_where(pattern: re.Pattern[str], text: str, secret_after: Callable[[re.Match[str]], _Span | None]) -> str:
    """The text without the secrets after what the pattern finds. What is none may hold the name of the next."""
    parts, done, at = [], 0, 0
    while (found := pattern.search(text, at)) is not None:
        at = found.end()
        if (secret := secret_after(found)) is not None:
            parts += [text[done : secret[0]], REDACTED]
            done = at = secret[1]
    return "".join((*parts, text[done:]))


def _hidden_beside_names(text: str) -> str:
    lowered = lower(text)
    parts, done, at = [], 0, 0
    while (name := _NAME.search(lowered, at)) is not None:
        at = name.start() + 1
        secrecy = _secrecy_at(text, name)
        value = _value_after(text, name, secrecy) if secrecy is not Secrecy.NONE else None
        if value is not None:
            parts += [text[done : value[0]], REDACTED]
            done = at = _phrase_end(text, name, value) if "phrase" in name[0] else value[1]
    return "".join((*parts, text[done:]))


def _phrase_end(text: str, name: re.Match[str], first: _Span) -> int:
    """Where the phrase ends whose first word, or whose whole in quotes, stands there."""
    word, between = text[slice(*first)], text[name.end() : first[0]].strip(" \t\\\"'`“\u2018")
    announced = between.endswith(":") or between.replace(" ", "").isalpha()
    complete = word[0] in "\"'\\" or word[-1] in ".,;!?" or _is_of_flag(text, name)
    if complete or not (announced or is_plain_word(word)):
        return first[1]
    # A message behind the phrase of an assignment begins with a capital, unless the words of the phrase do so too.
    more = (_MORE_WORDS if announced or word[0].isupper() else _MORE_SMALL_WORDS).match(text, first[1])
    return more.end() if more is not None else first[1]


def _is_of_flag(text: str, name: re.Match[str]) -> bool:
    return _FLAG.search(text, max(0, name.start() - 64), name.start()) is not None


def _secrecy_at(text: str, name: re.Match[str]) -> Secrecy:
    """How surely the name that was found there tells a secret; a short one must not be the end of a longer word."""
    if name["strong"]:
        return Secrecy.CERTAIN
    start = name.start()
    before = text[max(0, start - _LONGEST_OWNER) : start].lower()
    if name["key"]:
        owned = before.rstrip("_ -").endswith(_KEY_OWNERS) if before[-2:].strip("_ -") else False
        return Secrecy.CERTAIN if owned or text.startswith("_KEY", start - 1) else Secrecy.NONE
    camel = text[start].isupper() and not text[start - 1 : start].isupper()
    if camel or not before[-1:].isalpha() or name["weak"] == "pwd":
        return Secrecy.LIKELY
    return Secrecy.LIKELY if before.endswith(_FUSED_OWNERS.get(name["weak"], ())) else Secrecy.NONE


def _value_after(text: str, name: re.Match[str], secrecy: Secrecy) -> tuple[int, int] | None:
    """Where the secret stands that the name tells, if there is one."""
    end = name.end()
    if (given := GIVEN.match(text, end)) is not None:
        end = given.end()
    found = ASSIGNED.match(text, end)
    if found is not None:
        harmless = _is_harmless(found, name, secrecy) or (given is not None and is_plain_word(found["value"]))
        return None if harmless else found.span("value")
    found = AFTER_FLAG.match(text, end)
    if found is not None and _is_of_flag(text, name):
        return None if _is_harmless(found, name, secrecy) else found.span("value")
    if (called := CALLED.match(text, end)) is not None:
        said = called["value"][1:-1]
        return None if is_plain_word(said) or is_no_secret(said, secrecy) else called.span("value")
    found = IN_PROSE.match(text, end)
    if secrecy is Secrecy.LIKELY:
        return found.span("value") if found is not None and found["is"] and _is_said_code(found, name) else None
    if found is not None and _is_secret_in_prose(found, text, name.start()):
        return found.span("value")
    found = LONG_NEAR.match(text, end)
    return found.span("value") if found is not None else None


def _is_harmless(found: re.Match[str], name: re.Match[str], secrecy: Secrecy) -> bool:
    value = found["value"]
    if len(value) > _LONGEST_HARMLESS:
        return False
    if is_no_secret(value, Secrecy.LIKELY if name[0] == "authorization" else secrecy) or _STRUCTURE.match(value):
        return True
    if name[0].endswith("s") and _COUNT.fullmatch(value):
        return True
    return secrecy is Secrecy.LIKELY and found.re is ASSIGNED and _goes_on_as_prose(found, value)


def _goes_on_as_prose(found: re.Match[str], value: str) -> bool:
    """Whether it is a sentence that is announced, as in “auth: using the token of …”, and no value."""
    return found["sign"] == ":" and is_plain_word(value) and _PROSE.match(found.string, found.end()) is not None


def _is_secret_in_prose(found: re.Match[str], text: str, start: int) -> bool:
    value = found["value"]
    if is_no_secret(value, Secrecy.CERTAIN) or value[0] in "/~=:-$" or not value.isascii():
        return False
    if _DATE_OR_FILE.fullmatch(value) or _COUNT.fullmatch(value):
        return False
    if found["is"] or _VERB.search(text, max(0, start - 80), start):
        return not is_plain_word(value)
    return _HAS_LETTER_AND_DIGIT.fullmatch(value) is not None


def _is_said_code(found: re.Match[str], name: re.Match[str]) -> bool:
    """Whether prose tells a code or a password by a short name, as in “your OTP is …” and “pwd is …”."""
    if name[0].endswith(("code", "otp", "pin")) and _CODE.fullmatch(found["value"]):
        return True
    known = name[0].endswith(("code", "otp", "pwd")) and not is_no_secret(found["value"], Secrecy.LIKELY)
    return known and _is_secret_in_prose(found, found.string, name.start())


def _hidden_sibling(match: re.Match[str]) -> str:
    secrecy = secrecy_of(match[2])
    safe = secrecy is Secrecy.NONE or is_no_secret(match[3], secrecy)
    return match[0] if safe else f"{match[1]}{REDACTED}"


def _hidden_after_user(match: re.Match[str]) -> str:
    ids = match[2][:-1].isdigit() and match[3].isdigit()  # of a user and a group
    return match[0] if ids else f"{match[1]}{match[2]}{REDACTED}"


def _hidden_new_value(match: re.Match[str]) -> str:
    return match[0] if is_no_secret(match[2], Secrecy.CERTAIN) else f"{match[1]}{REDACTED}"


def _hidden_line(match: re.Match[str]) -> str:
    return match[0] if is_no_secret(match["value"], Secrecy.CERTAIN) else f"{match['name']}{REDACTED}"


def _hidden_operand(match: re.Match[str]) -> str:
    value = match[2].strip("\"'")
    may_be_prose = match[1].startswith(("AUTH", "PASSWORD"))
    return (
        match[0]
        if (may_be_prose and is_plain_word(value)) or is_no_secret(value, Secrecy.LIKELY)
        else f"{match[1]}{REDACTED}"
    )


def _hidden_credentials(match: re.Match[str]) -> str:
    value = match[2]
    if _SAFE_SCHEME_WORDS.fullmatch(value) or value.startswith(("[", "{", "(", "/", "-", "<", "$")):
        return match[0]
    if not match[1].lower().startswith(("bearer", "basic")) and len(value) < SHORTEST:
        return match[0]
    return f"{match[1]}{REDACTED}"


def _authorization_after(name: re.Match[str]) -> _Span | None:
    """Where the credentials stand that follow the name of the header."""
    text, begin = name.string, name.end()
    head = text[begin : begin + _LONGEST_HARMLESS].partition("\n")[0]
    if is_no_secret(head.partition(" ")[0], Secrecy.CERTAIN) or is_no_secret(head, Secrecy.LIKELY):
        return None
    if _STRUCTURE.match(head):
        return None
    if (quoted := _QUOTED_REST.match(text, begin)) is not None:
        return begin + 1, quoted.end() - 1
    found = (_HEADER_REST if _PARAMETERS_FOLLOW.match(text, begin) else _AUTHORIZED).match(text, begin)
    if found is not None and found.end() > begin:
        return found.span()
    end = text.find("\n", begin)
    return begin, end if end >= 0 else len(text)


def _parameter_after(name: re.Match[str]) -> _Span | None:
    """Where the value of a parameter stands, if its name tells a secret."""
    plain = _PARAMETER_BEGINS.split(name[1])[-1]
    plain = unquote(plain) if "%" in plain else plain
    secrecy = secrecy_of(plain)
    lowered = plain.lower()
    if secrecy is Secrecy.NONE and lowered not in _PARAMETERS and not lowered.endswith(("key", "signature")):
        return None
    if (found := _PARAMETER_VALUE.match(name.string, name.end())) is None:
        return None
    value = found[0]
    if value.startswith(REDACTED) or (secrecy is Secrecy.LIKELY and is_no_secret(value, secrecy)):
        return None
    following = _NEXT_PARAMETER.search(value)
    return found.start(), found.start() + following.start() if following else found.end()


def _hidden_userinfo(match: re.Match[str]) -> str:
    """An address without its password, which may have slashes and at signs in it; without a token for a user."""
    rest = match[1]
    last = rest.rfind("@")
    if last < 0:
        return match[0]
    parts, at = ["://"], 0
    while at <= last:  # several addresses may stand in one word
        slash, colon, sign = (_found(rest, mark, at) for mark in ("/", ":", "@"))
        query = min(_found(rest, "?", at), _found(rest, "#", at))
        following = rest.find("://", at)
        if sign < min(slash, colon, query) and sign - at > _LONGEST_PLAIN_USER:
            return "".join((*parts, REDACTED, rest[sign:]))
        if (
            colon < min(slash, sign, query)
            and not _PORT.match(rest, colon + 1)
            and not rest.startswith("//", colon + 1)
        ):
            hidden = rest[colon + 1 : last]
            return "".join((*parts, rest[at : colon + 1], REDACTED if hidden != REDACTED else hidden, rest[last:]))
        if following < 0:
            break
        parts.append(rest[at : following + 3])
        at = following + 3
    return "".join((*parts, rest[at:]))


def _found(text: str, mark: str, begin: int) -> int:
    at = text.find(mark, begin)
    return len(text) if at < 0 else at


def _hidden_in_markup(text: str) -> str:
    text = NAMED_ELEMENT.sub(_hidden_entry, PLIST_ENTRY.sub(_hidden_entry, text))
    text = ATTRIBUTES.sub(_hidden_attributes, text)
    return ELEMENT.sub(_hidden_element, text)


def _hidden_entry(match: re.Match[str]) -> str:
    secrecy = secrecy_of(match[2])
    safe = secrecy is Secrecy.NONE or is_no_secret(match[3].strip(), secrecy)
    return match[0] if safe else f"{match[1]}{REDACTED}"


def _hidden_element(match: re.Match[str]) -> str:
    secrecy = secrecy_of(match[1].rpartition(":")[2])
    if secrecy is Secrecy.NONE or is_no_secret(match[2].strip(), secrecy):
        return match[0]
    return f"{match[0][: -len(match[2])]}{REDACTED}"


def _hidden_attributes(match: re.Match[str]) -> str:
    """A tag such as `<add key="ApiKey" value="S"/>`."""
    found = list(_ATTRIBUTE.finditer(match[0]))
    tag = _TAG.match(match[0])
    names = [each[3] for each in found if each[1] not in ("value", "content")]
    secrecy = [secrecy_of(name) for name in (*names, *((tag[1],) if tag is not None else ()))]
    if not any(each is not Secrecy.NONE for each in secrecy):
        return match[0]
    shown = match[0]
    for each in reversed(found):
        if each[1] in ("value", "content") and not is_no_secret(each[3], Secrecy.CERTAIN):
            shown = f"{shown[: each.start(3)]}{REDACTED}{shown[each.end(3) :]}"
    return shown
