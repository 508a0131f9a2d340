"""Which command lines become a gateway: exactly the serving forms of the products, and nothing that resembles them."""

import pytest

from gateway_core.distributions.loader import built_in_distributions
from gateway_core.distributions.model import Distribution
from gateway_core.processes.command_line import find_call, launcher_calls, serving_call, will_run_gateway
from tests.pattern_attacks import MOST_GROWTH, growth

NODE, SCRIPT = "/usr/bin/node", "/opt/lib/node_modules/openclaw/openclaw.mjs"
PRODUCTS = built_in_distributions()
[OPENCLAW] = [one for one in PRODUCTS if one.name == "openclaw"]


def serves(*argv: str) -> bool:
    return serving_call(argv, PRODUCTS) is not None


@pytest.mark.parametrize(
    "arguments",
    [
        "gateway",
        "gateway run",
        "gateway --port 18789",
        "gateway --port=18789 --bind lan --verbose",
        "--profile rescue gateway --port 18789 --allow-unconfigured",
        "--dev gateway run",
        "--log-level debug --no-color gateway",
        "gateway --port 18789 run --force",
        "gateway --token status",  # the word is a token
        "gateway --profile status --password-file run",
        "--profile=status gateway",
    ],
)
def test_a_serving_form_is_a_gateway(arguments: str) -> None:
    assert serves(NODE, SCRIPT, *arguments.split())


@pytest.mark.parametrize("runtime", ["node", "/opt/node-22/bin/node", "nodejs", "node22", "bun"])
@pytest.mark.parametrize(
    "script",
    [
        "/usr/local/bin/openclaw",
        "/opt/lib/node_modules/openclaw/dist/index.js",
        "/home/me/src/openclaw/dist/entry.js",
        "/opt/lib/node_modules/openclaw/openclaw.mjs",
    ],
)
def test_every_entry_of_a_product_leads_to_its_command(runtime: str, script: str) -> None:
    assert serves(runtime, "--max-old-space-size=4096", "-r", "/opt/hook.js", script, "gateway")


@pytest.mark.parametrize(
    "options",
    [
        "--disable-warning ExperimentalWarning",
        "--dns-result-order ipv4first --max-http-header-size 65536",
        "--env-file-if-exists .env --import /opt/hook.js",
        "--unhandled-rejections=warn --trace-warnings",
    ],
)
def test_the_values_of_a_runtime_are_no_scripts(options: str) -> None:
    assert serves(NODE, *options.split(), SCRIPT, "gateway")


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda one: one.name)
def test_every_product_serves_in_the_same_forms(product: Distribution) -> None:
    command = f"/usr/bin/{product.command}"
    assert serves("node", command, "--profile", "p", "gateway", "--port", "1")
    assert not serves("node", command, "gateway", "status")


COMMANDS = (
    *("status", "call", "logs", "health", "export", "probe", "install", "uninstall", "start", "stop", "restart"),
    *("discover", "usage-cost", "stability", "diagnostics"),
)


@pytest.mark.parametrize(
    "arguments",
    [
        *(f"gateway {command}" for command in COMMANDS),
        *(f"--profile p gateway {command} --json" for command in COMMANDS),
        "gateway --json status",
        "gateway --url ws://127.0.0.1:18789 --token t call health",
        "gateway --port 18789 status",
        "gateway call run",
        "gateway run status",
        "gateway call agent --params run",
        "gateway --help",
        "--help gateway",
        "gateway -h",
        "gateway --version",
        "gateway --json",
        "gateway --unheard-of",
        "gateway --port",
        "gateway 18789",
        "gateway -- status",
        "gateway $ARGS",
        "help gateway",
        "gateways",
        "gateway-report",
        "node run gateway",
        "--container box gateway",
        "",
    ],
)
def test_every_other_command_is_none(arguments: str) -> None:
    assert not serves(NODE, SCRIPT, *arguments.split())


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("",),
        (NODE,),
        (NODE, "-e", "setTimeout(() => {}, 1e6)", SCRIPT, "gateway"),
        (NODE, "--check", SCRIPT, "gateway"),
        (NODE, "/opt/watch.js", SCRIPT, "gateway"),
        (NODE, "/opt/watch.js", "openclaw", "gateway"),
        (NODE, "/usr/bin/npx", "openclaw", "gateway"),
        (NODE, "-r", SCRIPT, "gateway"),
        (NODE, "/opt/lib/node_modules/openclaw/node_modules/other/index.js", "gateway"),
        (NODE, "/opt/lib/node_modules/openclaw/dist/worker.js", "gateway"),
        (NODE, "/opt/lib/node_modules/openclaw-exporter/dist/index.js", "gateway"),
        (NODE, "/usr/bin/openclaw-gateway-exporter", "gateway"),
        ("openclaw", "gateway"),
        ("/usr/bin/vim", SCRIPT, "gateway"),
        ("bash", "-c", "openclaw gateway"),
        ("nodemon", SCRIPT, "gateway"),
    ],
)
def test_what_only_names_a_gateway_is_none(argv: tuple[str, ...]) -> None:
    assert not serves(*argv)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exec openclaw --profile p gateway --port 1 > /tmp/log 2>&1", True),
        ('sleep 3; exec openclaw gateway "$@"', True),
        ("openclaw gateway & wait", True),
        ("openclaw gateway status; sleep 60", False),
        ("openclaw status && echo gateway", False),
        ("while sleep 60; do openclaw gateway health; done", False),
    ],
)
def test_a_shell_is_judged_by_what_it_was_told(text: str, expected: bool) -> None:
    assert will_run_gateway(("/bin/sh", "-c", text), OPENCLAW) is expected
    call = find_call(("/bin/sh", "-c", text), PRODUCTS)
    assert call is not None
    assert call.runs_gateway is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("openclaw gateway\nsleep 60", True),
        ("docker ps\nopenclaw \\\n  gateway --port 1 2>&1\n", True),
        ("# don't stop\nopenclaw gateway", True),
        ("openclaw status\ngateway", False),
        (
            (
                "mkdir -p /srv/openclaw\nchown openclaw:openclaw /srv/openclaw\ncd /srv/openclaw\nset -e\n"
                "echo openclaw\nopenclaw config set gateway.mode local\nopenclaw config set gateway.port 18789\n"
                "openclaw config set gateway.bind lan\nls openclaw openclaw\nexec openclaw gateway"
            ),
            True,
        ),
    ],
)
def test_each_line_of_a_script_is_a_command_of_its_own(text: str, expected: bool) -> None:
    assert will_run_gateway(("bash", "-c", text), OPENCLAW) is expected


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("node", "/usr/bin/npx", "openclaw", "gateway"), True),
        (("npm exec openclaw gateway",), True),
        (("node", SCRIPT, "gateway", "--of-a-later-version"), True),
        (("node", SCRIPT, "gateway", "status"), False),
        (("node", "dist/index.js", "gateway", "--port", "18789"), True),
        (("node", "/srv/app/dist/entry.js", "--profile", "p", "gateway"), True),
        (("node", "dist/index.js", "gateway", "status"), False),
        (("node", "dist/server.js", "gateway"), False),
        (("node", "/opt/watch.js", "openclaw", "gateway"), False),
        (("sleep", "60"), False),
        (("bash", "/opt/backup.sh"), False),
    ],
)
def test_a_launcher_is_on_its_way_only_to_a_gateway(argv: tuple[str, ...], expected: bool) -> None:
    assert will_run_gateway(argv, OPENCLAW) is expected


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        ("exec -a openclaw-gateway sleep 9; : ", "openclaw "),
        ("", "openclaw; "),
        ("", "openclaw ; "),
        ("", "openclaw\n"),
    ],
)
@pytest.mark.parametrize("wrapper", ["sh", "env"])
def test_the_time_for_a_command_line_grows_with_its_length_alone(wrapper: str, begin: str, piece: str) -> None:
    def look(text: str) -> object:
        return launcher_calls(("sh", "-c", text) if wrapper == "sh" else ("env", *text.split()), PRODUCTS)

    assert growth(look, lambda size: begin + piece * (size // len(piece))) <= MOST_GROWTH


def test_the_call_is_found_behind_words_that_are_named_like_the_product() -> None:
    words = ("sudo", "-u", "openclaw", "env", "-C", "/srv/openclaw", "openclaw", "gateway", "run")
    assert will_run_gateway(words, OPENCLAW)
    assert will_run_gateway(("sh", "-c", f"cd /opt/openclaw && {' '.join(words)} 2>&1 >log"), OPENCLAW)
