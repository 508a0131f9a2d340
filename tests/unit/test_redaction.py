import json
import shlex
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway_core.redaction import text as quick
from gateway_core.redaction.commands import redact_command
from gateway_core.redaction.names import REDACTED
from gateway_core.redaction.shapes import shapes
from gateway_core.redaction.terminal import printable
from gateway_core.redaction.text import redact

SECRET = "CANARY0123456789abcdefCANARY0123456789"
SHORT = "hunter2!"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("passphrase=abc123 Failed to load the module", "passphrase=[redacted] Failed to load the module"),
        ("passphrase=abc123 while loading the module", "passphrase=[redacted] while loading the module"),
        ("passphrase=swordfish Failed to load it", "passphrase=[redacted] Failed to load it"),
        ("passphrase: abc123. the module is loaded", "passphrase: [redacted] the module is loaded"),
        ('passphrase: "correct horse" was not taken', "passphrase: [redacted] was not taken"),
        ("passphrase: correct horse --port 18789", "passphrase: [redacted] --port 18789"),
        ("x --passphrase hunter2x start gateway --port 1", "x --passphrase [redacted] start gateway --port 1"),
        ("x --passphrase=swordfish start gateway", "x --passphrase=[redacted] start gateway"),
        ("set passphrase hunter2x before the start", "set passphrase [redacted] before the start"),
    ],
)
def test_what_follows_a_passphrase_is_shown(text: str, shown: str) -> None:
    assert redact(text) == shown


def arguments(text: str) -> list[str]:
    """The text as arguments, its secrets untouched."""
    return shlex.split(printable(text), posix=False)


@pytest.mark.parametrize("secret", [SECRET, SHORT])
@pytest.mark.parametrize(
    "text",
    [
        "openclaw gateway --token {} --port 18789",
        "openclaw gateway --token={} --port 18789",
        "openclaw onboard --gateway-token {} --json",
        "openclaw onboard --gateway-token  '{}' --json",
        'openclaw onboard --gateway-password "{}" --json',
        "x --password={}",
        "x --openai-api-key {}",
        "x -token {}",
        "OPENCLAW_GATEWAY_TOKEN={} node x",
        "export OPENAI_API_KEY='{}'",
        "DISCORD_BOT_TOKEN_2={}",
        "FAL_KEY={}",
        'Environment="OPENCLAW_GATEWAY_PASSWORD={}"',
        "CLIENT_SECRET: {}",
        "http://127.0.0.1:18789/?token={}",
        "http://127.0.0.1:18789/?a=b&token={}&c=d",
        "http://127.0.0.1:18789/#token={}",
        "http://127.0.0.1:18789/#/chat?gatewayUrl=ws://x&token={}",
        "https://user:{}@example.com/path",
        "postgres://:{}@example.com/db",
        "Authorization: Bearer {}",
        "authorization=Basic {}",
        "sent Bearer {}, got 401",
        '{{"token": "{}", "port": 18789}}',
        '{{"token":"{}","port":18789}}',
        '{{"botToken":"{}"}}',
        "{{'apiKey': '{}'}}",
        "{{token: {}}}",
        r'"message":"{{\"token\":\"{}\"}}"',
        "token=> {}",
        "Set-Cookie: {}",
        "\x1b[31mtok\x1b[0men=\x1b[1m{}\x1b[0m",
        "--pass\x1b[8mword {}",
    ],
)
def test_named_secrets_are_hidden(text: str, secret: str) -> None:
    cleaned = redact(text.format(secret))
    assert secret not in cleaned
    assert REDACTED in cleaned
    assert secret not in redact_command(arguments(text.format(secret)))


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-abcdefghijkl",
        "xoxb-1234567890-abcdefgh",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_11ABCDEFG0abcdefghij",
        "123456789:AAF-abcdefghijklmnopqrstuvwxyz01234",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA-abcdefghijklmnopqrstuvwxyz0123",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop",
        "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\ndef\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEabc",
    ],
)
def test_secrets_that_are_known_by_their_shape_are_hidden_anywhere(secret: str) -> None:
    assert redact(f"connecting with {secret}") == f"connecting with {REDACTED}"
    assert redact(f'["{secret}"]').startswith(f'["{REDACTED}')
    assert redact_command(["node", secret]) == f"node {REDACTED}"


@pytest.mark.parametrize("text", ["gateway token is {}", "the secrets ({}) differ", "API key → {}"])
def test_long_words_beside_a_telling_word_are_hidden(text: str) -> None:
    assert redact(text.format(SECRET)) == text.format(REDACTED)


@pytest.mark.parametrize(
    "text",
    [
        "openclaw gateway --port 18789 --profile rescue",
        "/opt/node/bin/node /opt/openclaw/node_modules/openclaw/dist/index.js gateway --port 21001",
        "gateway.auth.mode token; unauthorized: token mismatch",
        "used 15000 tokens, maxTokens: 4096",
        "http://user@127.0.0.1:18789/chat?session=main#top",
        "git@github.com:openclaw/openclaw.git",
        "commit 0123456789abcdef0123456789abcdef01234567",
        "2026-11-20T10:00:00.123Z lock gateway.4eeef61b.lock pid 77",
        "--user-data-dir=/home/u/.openclaw/browser/openclaw/user-data --remote-debugging-port=18800",
        "a\tb\nc – ü 🦞",
    ],
)
def test_harmless_text_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Cookie: lang=en; session={}", "Cookie: [redacted]"),
        ("> cookie: lang=en; session={}\n> host: x", "> cookie: [redacted]\n> host: x"),
        ("Set-Cookie: session={}; Path=/; HttpOnly", "Set-Cookie: [redacted]"),
        ("curl -H 'Cookie: lang=en; session={}' http://x/", "curl -H 'Cookie: [redacted]' http://x/"),
        ("curl -H 'Cookie: lang=en; session={}'", "curl -H 'Cookie: [redacted]'"),
        ('{"0":"Cookie: lang=en; session={}","1":"x"}', '{"0":"Cookie: [redacted]","1":"x"}'),
        (r'{"0":"{\"h\":\"Cookie: a=b; s={}\"}"}', r'{"0":"{\"h\":\"Cookie: [redacted]\"}"}'),
        ('Cookie: who="a b"; session={}', "Cookie: [redacted]"),
        ("Cookie: what='it' ; session={}", "Cookie: [redacted]"),
        ("Cookie: what=it's; session={}", "Cookie: [redacted]"),
        ("Cookie: [redacted]; session={}", "Cookie: [redacted]"),
        ("set-cookie: [ 'a={}; Path=/', 'b={}' ], x", "set-cookie: [redacted], x"),
        ('{"set-cookie":["a=b; Path=/","b={}"],"x":1}', '{"set-cookie":[redacted],"x":1}'),
        ('"set-cookie": ["a=[b]", "c={}"', '"set-cookie": [redacted]'),
    ],
)
def test_cookies_are_hidden_to_the_last(text: str, shown: str) -> None:
    assert redact(text.replace("{}", SHORT)) == shown


def test_what_surrounds_a_secret_stays() -> None:
    assert redact(f"http://h/?a=1&token={SECRET}&b=2 done") == f"http://h/?a=1&token={REDACTED}&b=2 done"
    assert redact(f"https://user:{SECRET}@h/x") == f"https://user:{REDACTED}@h/x"
    assert redact(f"--token {SECRET} --port 1") == f"--token {REDACTED} --port 1"
    line = json.dumps({"0": f"started with token={SECRET}", "time": "2026"})
    assert json.loads(redact(line)) == {"0": f"started with token={REDACTED}", "time": "2026"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x\x1b]52;c;AAAA\x1b\\y", "xy"),
        ("\x9b31mx", "x"),
        ("a\x00b\x08c\rd\x7fe", "abcde"),
        ("safe\u202egnp.exe\u2066", "safegnp.exe"),
        ("\ud800x", "x"),
        ("\x1b", ""),
        ("\x1b[", ""),
        ("\x1bPq#0\x1b\\x", "x"),
    ],
)
def test_nothing_can_steer_the_terminal(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert printable(text) == shown


def test_printable_is_one_line() -> None:
    assert printable("a\nb\tc") == "abc"


# --- commands ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        ((), ""),
        (("openclaw-gateway", "", "", "  "), "openclaw-gateway"),
        (("openclaw-gateway\0\0\0   ",), "openclaw-gateway"),
        (("sh", "-c", "echo 'a b'"), "sh -c 'echo '\"'\"'a b'\"'\""),
        (("x", "", "y"), "x '' y"),
        (("x", "--token", SHORT, "--port", "1"), f"x --token {REDACTED} --port 1"),
        (("x", "--gateway-token", "--looks-like-a-flag", "y"), f"x --gateway-token {REDACTED} y"),
        (("x", "--password", "two words"), f"x --password {REDACTED}"),
        (("x", f"--token={SHORT}"), f"x --token={REDACTED}"),
        (("curl", "-H", f"Authorization: Bearer {SHORT}"), f"curl -H 'Authorization: {REDACTED}'"),
        (("env", f"A_TOKEN={SHORT} and more"), f"env 'A_TOKEN={REDACTED} and more'"),
        (("a\nb\tc\x1b[31m",), "'a\\nb\\tc'"),
        (("node --token " + SECRET,), f"'node --token {REDACTED}'"),
    ],
)
def test_commands(argv: tuple[str, ...], shown: str) -> None:
    assert redact_command(argv) == shown


def test_long_commands_are_cut_after_they_were_redacted() -> None:
    command = redact_command(["node", "x" * 280, "--token", SECRET, "y" * 5000])
    assert len(command) == 300
    assert command.endswith("…")
    assert SECRET[:6] not in command


# --- any text ------------------------------------------------------------------------------------------------------

secrets = st.from_regex(r"[A-Za-z0-9]{40}", fullmatch=True)
noise = st.text(max_size=40)


@given(
    noise, secrets, noise, st.sampled_from(["--token ", "--password=", "X_TOKEN=", "?token=", "Bearer ", '"secret":"'])
)
@example("", "A" * 40, '"', "--token ")
@example("\x9b", "A" * 40, "", "--token ")
@example("[redacted]", "A" * 40, "[redacted]", "--password=")
def test_a_named_secret_never_survives_whatever_surrounds_it(before: str, secret: str, after: str, name: str) -> None:
    assert secret not in redact(f"{before} {name}{secret} {after}")
    assert secret not in redact_command([before, f"{name}{secret}", after])


@given(st.text())
def test_the_result_is_inert_and_stays_what_it_is(text: str) -> None:
    cleaned = redact(text)
    assert all(
        character.isprintable() or character.isspace() for character in printable(cleaned) if ord(character) < 160
    )
    assert "\x1b" not in cleaned
    assert redact(cleaned) == cleaned


@given(st.lists(st.text()))
def test_commands_are_one_short_line(argv: list[str]) -> None:
    command = redact_command(argv)
    assert len(command) <= 300
    assert not set(command) & {"\n", "\r", "\t", "\x1b", "\0"}


UNITS = [
    "a", "-", "--", "token", "token=", "token='", 'token="', "token\\", 'token: \\"', "--a-", "://", "://a:",
    "a://b@", "\x1b", "\x1b[", "\x1b]", "?", "&a", "?a.", "-----BEGIN PRIVATE KEY-----", "sk-", "1", "1:AA",
    "eyJaaaaaaaaaa.", "Bearer ", "secret ", "_KEY", "token" + "x" * 30, "[redacted]", "M" * 23 + ".", '"', "' ",
    "\\", "=", '"token":', "cookie:", "cookie: [", "cookie ", "='", '{"', "[", "{'", "{a:", '["--token",',
    '{"key":"token","value":', '"token":{', "<a ", "<key>", "<password>", "curl -u ", "mysql -p", "auth=/",
    "auth: a ", "password is ", '\\"', "-u a:", "token:\n", "\na", "-----END PRIVATE KEY-----", "A" * 64 + "\n",
    "sk-a ", "authorization: ", "Bearer a", "name=", "%3D", "?a%", "set token ", "[{\"a\":\"b\"},", "\\\"a\\\"",
    "Private-Lines: 1 ", "login a password ", "pin", "sid", "pwd",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_a_long_line_of_anything_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    redact(unit * (200_000 // len(unit)))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("beginning", "unit"),
    [
        ('token="', "\\a"),
        ("token='", '"a'),
        ("token=x", '"a'),
        ("cookie: ", "=a"),
        ("cookie: ", '="a'),
        ("cookie: [", "]a"),
    ],
)
def test_a_long_secret_that_does_not_end_takes_linear_time(beginning: str, unit: str) -> None:
    started = time.process_time()
    assert len(redact(beginning + unit * 100_000)) < 100
    assert time.process_time() - started < 2


@pytest.mark.slow
def test_megabytes_take_linear_time() -> None:
    started = time.process_time()
    for unit in ("a", "token='", "--token ", "://a:", "secret " + "x" * 31):
        redact(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 20


PIECES = [
    *quick._TELLING_WORDS, *quick._TELLING_PARAMETERS, *quick._SHORT_WORDS, *quick._SCHEMES,
    *(row["begins"][0] for row in shapes().prefixes), *(row["needs"] for row in shapes().patterns),
    "Token", "PASSWD", "to\u212aen", "\u017fecret", "api_", "://", "?", "#", "&", "=", ":", ";", " ", ".", "-", "_",
    '"', "'", "{", "}", "[", "]", ",", "\\", "\n", "--", "p_", "MN", "12345", "abc123", "A" * 24, "B" * 33, "Ab_d0f",
    "key", "value", "name", "curl", "mysql ", "<", ">", "</", "user:", "@", "\\u0074oken",
    "-----BEGIN PRIVATE KEY-----",
]  # fmt: skip


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_quick_look_spares_no_text_that_a_pattern_would_change(text: str) -> None:
    thorough = quick.over_lines(quick.hide_thoroughly(text))
    assert quick._hide(text) == thorough


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_is_redacted_stays_as_it_is(text: str) -> None:
    cleaned = redact(text)
    assert redact(cleaned) == cleaned


@pytest.mark.parametrize("secret", ["ghp_" + "a1" * 10, "xoxb-" + "1a" * 8, "M" + "a" * 23 + ".Abc_e-." + "z" * 27])
def test_the_quick_look_sees_secrets_that_no_word_announces(secret: str) -> None:
    assert secret not in redact(f"said {secret} to all")
