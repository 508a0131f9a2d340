import pytest

from gateway_core.config.values import endpoint, port_from_variable


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("18789", 18789),
        (" 18789 ", 18789),
        ("localhost:18789", 18789),
        ("[::1]:18789", 18789),
        ("::1:18789", None),
        ("0", None),
        ("65536", None),
        ("-1", None),
        ("1e3", None),
        ("٣٤٥٦", None),
        ("9" * 100, None),
        (":1", None),
        ("", None),
        (None, None),
    ],
)
def test_ports_in_variables(text: str | None, port: int | None) -> None:
    assert port_from_variable(text) == port


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://127.0.0.1:9222", 9222),
        ("http://127.8.9.1:9222/path?x#y", 9222),
        ("http://LOCALHOST:9222", 9222),
        ("ws://[::1]:9222", 9222),
        ("http://localhost", 80),
        ("ws://localhost", 80),
        ("https://localhost", 443),
        ("wss://localhost/", 443),
    ],
)
def test_loopback_urls_pin_a_port_of_this_host(url: str, port: int) -> None:
    found = endpoint(url)
    assert found is not None
    assert (found.local_port, found.remote) == (port, False)


@pytest.mark.parametrize("url", ["http://192.0.2.1:9222", "wss://chrome.example", "http://127.0.0.1.example:1"])
def test_other_hosts_are_remote(url: str) -> None:
    found = endpoint(url)
    assert found is not None
    assert found.remote


@pytest.mark.parametrize(
    "url", ["", "localhost:9222", "ftp://localhost", "http://:9", "http://[", "http://h:0", "http://h:x"]
)
def test_what_is_no_such_url(url: str) -> None:
    assert endpoint(url) is None
