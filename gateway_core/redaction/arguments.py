"""Secrets in command lines that only the place of an argument tells: `--token S`, `-u user:S`, `mysql -pS`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway_core.redaction.names import REDACTED, Secrecy, is_no_secret, is_plain_word, secrecy_of


@dataclass(frozen=True, slots=True)
class _Options:
    """The short options of a program that are given a secret."""

    attached: tuple[str, ...] = ()  # only in one word, as in `-pS`
    either: tuple[str, ...] = ()  # in one word or in the next
    with_user: tuple[str, ...] = ()  # the next word is `user:S`, or has another of these signs between
    flags: str = ""  # options without a value, which may stand before those in one word, as in `-su user:S`


_HTPASSWD = "htpasswd"
_OPTIONS_OF_HTPASSWD = re.compile(r"-(?:[bcdimnpsvBD25]*[Cr]\d*|[bcdimnpsvBD25]+|-)")
_NUMBERED_OF_HTPASSWD = ("C", "r")  # the next argument is their number, unless it stands in the same one
_MOST_OF_HTPASSWD = 12  # arguments until the password, at most
_MYSQL = _Options(attached=("-p",))
_MONGO = _Options(either=("-p",))
_LDAP = _Options(either=("-w",), flags="AcCILMnNQtuvWxZ")
_HTTPIE = _Options(with_user=("-a",), flags="bcdfhjmqv")
_PROGRAMS: Mapping[str, _Options] = {
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mysqlshow"), _MYSQL),
    **dict.fromkeys(("mariadb", "mariadb-dump", "mariadb-admin"), _MYSQL),
    **dict.fromkeys(("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"), _MONGO),
    **dict.fromkeys(("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami", "ldappasswd"), _LDAP),
    **dict.fromkeys(("mosquitto_pub", "mosquitto_sub", "sqlcmd", "bcp"), _Options(either=("-P",))),
    **dict.fromkeys(("7z", "7za", "7zr"), _Options(attached=("-p",))),
    **dict.fromkeys(("http", "https", "xh"), _HTTPIE),
    **dict.fromkeys(("redis-cli", "valkey-cli", "keydb-cli"), _Options(either=("-a",))),
    _HTPASSWD: _Options(),
    "openssl": _Options(either=("-k", "-K")),
    "sshpass": _Options(either=("-p",), flags="v"),
    "zip": _Options(either=("-P",), flags="0123456789ABcdDeEfFgjJklLmoqrSTuvVwXyz@$!"),
    "unzip": _Options(either=("-P",), flags="aAbBcCDfjKlLMnNopqstTuUvVWXz:^"),
    "login": _Options(either=("-p",)),  # as of docker, podman and az
    "ab": _Options(with_user=("-A", "-P"), flags="dhiklqrSVw"),
    "curl": _Options(with_user=("-u", "-U"), flags="#012346aBfgGiIjJklLMnNOpqRsSvVZ"),
    "smbclient": _Options(with_user=("-U",), flags="eEgkNPq"),
    "lftp": _Options(with_user=("-u",)),
}
_NAMES = "|".join(sorted(map(re.escape, _PROGRAMS), key=len, reverse=True))
_PROGRAM = re.compile(rf"(?<![\w.-])(?:{_NAMES})(?=[ \t])[^\n|;<>]*")
"""A command line of such a program in a text, up to where the shell would end it."""
_OPTIONS = re.compile(
    r"(?<![\w-])-(?:[\w#@$!:^]{0,12}?[uUpPaAwkK]"
    r"|-(?:user|proxy-user|userpwd|credentials)[\s=\"',]{1,8}[^\s:%,/@=]{0,64}[:%,]\S)"
)
"""The options that are given a user and a secret, or a secret by some programs, be it behind other ones in a word."""
_WITH_USER = frozenset({"-u", "-U", "--user", "--proxy-user", "--userpwd", "--credentials"})
_USER_AND_SECRET = re.compile(r"([^\s:%,/@=]{0,64}[:%,])(?!//)(\S.*)", re.DOTALL)
_IDS = re.compile(r"\d+[:,]\d+")
_SETTING = frozenset({"set", "put", "add", "write"})  # openclaw config set gateway.auth.token S
_ENDS_IN_SCHEME = re.compile(r"(?:\A|[\s=:\"'])(?:bearer|basic|digest|negotiate|ntlm|dpop)\Z", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,24}")
_AUTHORIZATION = re.compile(r"authorization[\"']?[ \t]?[:=]?[ \t]?\Z", re.IGNORECASE)
_ENDS_IN_NAME = re.compile(r"([\w.-]{1,80})[\"']?[ \t]?(?:=>|[:=])[ \t]?\Z")
_FLAG = re.compile(r"--?([A-Za-z][\w.-]{0,80})")
_ATTACHED = re.compile(r"-p(?![\d:=/.~-])([^\s=]{8,})")
_WORD = re.compile(r"\"[^\"]*+\"|'[^']*+'|\S+")
_LONGEST_NAME = 100


def hidden_by_position(arguments: Sequence[str]) -> list[str | None]:
    """What is to be shown of each argument instead, where its place tells a secret; `None` for all others."""
    shown: list[str | None] = [None] * len(arguments)
    options = _Options()
    for at, argument in enumerate(arguments):
        word = argument.strip(" \0")
        if shown[at] is not None:
            if _SCHEME.fullmatch(word) and at + 1 < len(arguments) and _AUTHORIZATION.search(arguments[at - 1]):
                shown[at + 1] = REDACTED
            continue
        program = word.rpartition("/")[2]
        options = _PROGRAMS.get(program, options)
        if program == _HTPASSWD and (secret := _htpasswd_secret(arguments, at + 1)) is not None:
            shown[secret] = REDACTED
        following = arguments[at + 1] if at + 1 < len(arguments) else None
        if following is not None and (instead := _instead_behind(word, following, options)) is not None:
            shown[at + 1] = instead
        elif following is not None and at > 0 and arguments[at - 1] in _SETTING and secrecy_of(word) is Secrecy.CERTAIN:
            shown[at + 1] = REDACTED
        shown[at] = _instead_of(word, options)
    return shown


def has_telling_option(text: str) -> bool:
    """Whether there is an option in the text after which some program expects a secret."""
    return _OPTIONS.search(text) is not None


def hide_in_commands(text: str) -> str:
    """The text without the secrets of command lines in it."""
    if not has_telling_option(text) and _HTPASSWD not in text:
        return text
    return _PROGRAM.sub(_hidden_in_command, text)


def _hidden_in_command(match: re.Match[str]) -> str:
    words = list(_WORD.finditer(match[0]))
    bare = [word[0][1:-1] if word[0][:1] in "\"'" and len(word[0]) > 1 else word[0] for word in words]
    parts, end = [], 0
    for word, instead in zip(words, hidden_by_position(bare), strict=True):
        if instead is not None:
            parts += [match[0][end : word.start()], instead]
            end = word.end()
    return "".join((*parts, match[0][end:]))


def _htpasswd_secret(arguments: Sequence[str], begin: int) -> int | None:
    """Where htpasswd is given a password: with `-b`, behind the file and the user; with `-n` there is no file."""
    end, given, at = min(len(arguments), begin + _MOST_OF_HTPASSWD), "", begin
    while at < end and (options := _OPTIONS_OF_HTPASSWD.fullmatch(arguments[at])) is not None:
        given += options[0]
        at += 2 if options[0].endswith(_NUMBERED_OF_HTPASSWD) else 1
        if options[0] == "--":
            break
    place = at + (1 if "n" in given else 2)
    return place if "b" in given and place < end else None


def _instead_behind(word: str, following: str, options: _Options) -> str | None:
    """What to show of the argument after `word`, which may be several options, if it is a secret."""
    instead = _instead_of_next(word, following, options)
    return instead or _instead_of_next(_last_option(word, options), following, options)


def _last_option(word: str, options: _Options) -> str:
    """The option that a word ends in, and what stands attached to it: `-uS` of `-fsSuS`."""
    return f"-{word[1:].lstrip(options.flags)}" if options.flags and word[:1] == "-" else word


def _instead_of_next(word: str, following: str, options: _Options) -> str | None:
    """What to show of the argument after `word`, if it is a secret."""
    if len(word) > _LONGEST_NAME and not word.endswith((":", "=", ": ", "= ")):
        return None
    if word in _WITH_USER or word in options.with_user:
        return _without_secret_of_user(following)
    if word in options.either:
        return REDACTED
    if _ENDS_IN_SCHEME.search(word):
        return None if is_plain_word(following) else REDACTED
    flag = _FLAG.fullmatch(word)
    if flag is not None:
        return _hidden_after(secrecy_of(flag[1]), following)
    if (name := _ENDS_IN_NAME.search(word)) is not None:
        return _hidden_after(secrecy_of(name[1]), following)
    return _hidden_after_bare_name(word, following)


def _hidden_after(secrecy: Secrecy, following: str) -> str | None:
    if secrecy is Secrecy.LIKELY and (is_no_secret(following, secrecy) or following[:1] == "-"):
        return None
    return REDACTED if secrecy is not Secrecy.NONE else None


def _hidden_after_bare_name(word: str, following: str) -> str | None:
    """After a word such as `password` or `gateway.auth.token`, which may be a command or a value just as well."""
    if following[:1] == "-" or secrecy_of(word) is not Secrecy.CERTAIN or not {" ", "=", "/"}.isdisjoint(word):
        return None
    return None if is_plain_word(following) or is_no_secret(following, Secrecy.CERTAIN) else REDACTED


def _instead_of(word: str, options: _Options) -> str | None:
    """What to show of an argument that holds a secret in one word with its option."""
    last = _last_option(word, options)
    if last != word and (instead := _instead_of(last, _Options(either=options.either, with_user=options.with_user))):
        return word[: len(word) - len(last) + 1] + instead[1:]
    for option in (*options.attached, *options.either):
        if word.startswith(option) and len(word) > len(option):
            return option + REDACTED
    for option in options.with_user:
        if len(word) > len(option) and word.startswith(option):
            hidden = _without_secret_of_user(word[len(option) :])
            return hidden and option + hidden
    for option in _WITH_USER:
        if option.startswith("--") and word.startswith(option + "="):
            hidden = _without_secret_of_user(word[len(option) + 1 :])
            return hidden and f"{option}={hidden}"
    attached = _ATTACHED.fullmatch(word)
    return "-p" + REDACTED if attached and not is_plain_word(attached[1]) else None


def _without_secret_of_user(text: str) -> str | None:
    found = _USER_AND_SECRET.fullmatch(text)
    return f"{found[1]}{REDACTED}" if found and not _IDS.fullmatch(text) and found[2] != REDACTED else None
