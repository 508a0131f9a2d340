"""Configs of gateways, and the variables and environment files that go into them."""

from pathlib import Path

from hypothesis import strategies as st

from fuzz.model import assert_shown_safely, fuzzes, scratch
from fuzz.strategies import encoded, json_values, lines, mutated, ports, sample, texts, with_lines
from gateway_core.config.broken_text import certain_part
from gateway_core.config.includes import merge
from gateway_core.config.parsing import ParseError, endpoint, parse_dotenv, parse_json5, port_from_variable, valid_port
from gateway_core.config.reader import ConfigReader
from gateway_core.config.variables import Environment, grows_too_long, resolved, substitute
from tests.products import OPENCLAW

CONFIGS = sample(*(f"configs/{name}.json" for name in ("clawdbot-2026.1.24", "openclaw-2026.2.6", "openclaw-2026.9.6")))
KEYS = (
    "gateway", "port", "bind", "mode", "auth", "token", "agents", "defaults", "list", "workspace", "channels",
    "telegram", "botToken", "env", "vars", "browser", "profiles", "cdpPort", "cdpUrl", "logging", "file", "meta",
    "lastTouchedVersion", "$include", "hooks", "webhookPort", "plugins", "enabled", "customBindHost", "controlUi",
    "basePath", "tls", "id", "0", "*",
)  # fmt: skip
VALUES = st.sampled_from(
    ("${A}", "${B:-x}", "$A", "./more.json5", "../x", "~/x", "http://127.0.0.1:9222", "http://[::1", "lan", "loopback")
)
trees = json_values(KEYS, leaves=VALUES)
dotenvs = with_lines("OPENCLAW_GATEWAY_PORT=19001", "A=${B}", "B=${A}", "export C='x", 'D="y\\n', "#", "=", "\0=1")


def read(directory: Path, config: bytes, more: bytes, dotenv: str) -> None:
    state_dir = directory / ".openclaw"
    state_dir.mkdir()
    (state_dir / "openclaw.json").write_bytes(config)
    (state_dir / "more.json5").write_bytes(more)
    (state_dir / ".env").write_text(dotenv, errors="surrogateescape")
    reading = ConfigReader().read(
        state_dir / "openclaw.json", state_dir=state_dir, environment={"A": "${B}", "B": "x"}, distribution=OPENCLAW
    )
    for issue in reading.issues:
        assert_shown_safely(issue.message, issue.path)
    assert len(reading.issues) < 100
    port = reading.settings.port
    assert port is None or 0 < port < 65536


@fuzzes(
    "gateway_core.config.reader",
    "gateway_core.config.settings",
    "gateway_core.config.keys",
    "gateway_core.config.opened_ports",
    "gateway_core.config.fingerprints",
    "gateway_core.config.includes",
    "gateway_core.config.broken_text",
    "gateway_core.distributions.model",
    inputs=st.tuples(mutated(CONFIGS), mutated(CONFIGS), dotenvs),
    share=0.5,
)
def damaged_configs(drawn: tuple[bytes, bytes, str]) -> None:
    with scratch() as directory:
        read(directory, *drawn)


@fuzzes("gateway_core.config.reader", inputs=st.tuples(trees, trees, dotenvs), share=0.5)
def odd_configs(drawn: tuple[object, object, str]) -> None:
    config, more, dotenv = drawn
    with scratch() as directory:
        read(directory, encoded(config), encoded(more), dotenv)


@fuzzes("gateway_core.config.parsing", inputs=mutated(CONFIGS).map(lambda data: data.decode("utf-8", "replace")))
def json5(text: str) -> None:
    try:
        parse_json5(text)
    except ParseError as error:
        assert_shown_safely(str(error))
    certain_part(text)


@fuzzes("gateway_core.config.parsing", inputs=dotenvs)
def dotenv_files(text: str) -> None:
    parsed = parse_dotenv(text)
    assert all(isinstance(value, str) for value in parsed.values())


@fuzzes("gateway_core.config.parsing", inputs=texts | st.integers().map(str) | st.floats().map(str))
def ports_and_addresses(text: str) -> None:
    found = endpoint(text)
    assert found is None or found.remote in (True, False)
    port = port_from_variable(text)
    assert port is None or 0 < port < 65536


@fuzzes("gateway_core.config.parsing", inputs=ports.filter(lambda number: isinstance(number, int | float)))
def port_numbers(number: float) -> None:
    port = valid_port(number)
    assert port is None or 0 < port < 65536


@fuzzes(
    "gateway_core.config.variables",
    inputs=st.tuples(
        st.lists(st.sampled_from(("${A}", "${B}", "${A:-${B}}", "$${A}", "${", "}", "${A:-")) | lines).map("".join),
        st.dictionaries(st.sampled_from("AB"), st.sampled_from(("${A}${B}" * 3, "x", "${A}"))),
    ),
)
def variables(drawn: tuple[str, dict[str, str]]) -> None:
    text, values = drawn
    environment = Environment(values, {"A": "dot"})
    if not grows_too_long(text, environment):
        assert len(substitute(text, environment)) <= 10_000_000
    resolved(text, environment)


@fuzzes("gateway_core.config.includes", inputs=st.tuples(trees, trees))
def merged_configs(drawn: tuple[object, object]) -> None:
    below, above = drawn
    merge(below, above)  # type: ignore[arg-type]  # JSON of any shape
