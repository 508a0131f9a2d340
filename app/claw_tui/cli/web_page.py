"""The page of the dashboard in a browser; it fetches nothing from elsewhere."""

from __future__ import annotations

from html import escape
from string import Template

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<link rel="preload" href="static/fonts/RobotoMono-VariableFont_wght.ttf" as="font" type="font/ttf" crossorigin>
<link rel="stylesheet" href="static/css/xterm.css">
<style>
@font-face { font-family: "Roboto Mono"; src: url("static/fonts/RobotoMono-VariableFont_wght.ttf"); }
html, body { margin: 0; height: 100%; background: #11141c; color: #dfe3ec; font-family: "Roboto Mono", monospace; }
#terminal { position: absolute; inset: 0; }
.said { position: absolute; inset: 0; display: flex; align-items: center; justify-content: center; z-index: 10; }
.said p { padding: 2em; text-align: center; background: #1b2130; line-height: 1.6; }
.said a { color: #7fb2ff; }
body.-first-byte .begins, body.-closed .begins, .ended { display: none; }
body.-closed .ended { display: flex; background: #11141ccc; }
</style>
<script src="static/js/textual.js"></script>
<script src="focus.js"></script>
</head>
<body>
<div class="said begins"><p>Opening the dashboard …</p></div>
<div class="said ended" role="status"><p>The dashboard has ended; the gateways keep running.<br>
<a href="./">Open it again</a></p></div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="$address" data-font-size="$size"></div>
<noscript>The dashboard is drawn by a script, which this browser does not run.</noscript>
</body>
</html>
""")
FONT_SIZE = 16
FOCUS_SCRIPT = """\
// Keys go to the terminal as soon as there is one, without a click.
const focus = () => document.querySelector(".xterm-helper-textarea")?.focus();
const waiting = setInterval(() => {
  focus();
  if (document.querySelector(".xterm-helper-textarea")) clearInterval(waiting);
}, 50);
addEventListener("focus", focus);
"""


def page(title: str, address: str) -> str:
    """The page, whose terminal connects to that address of a web socket."""
    return _PAGE.substitute(title=escape(title), address=escape(address), size=FONT_SIZE)


def policy(host: str) -> str:
    """What the page may load and connect to, as the header Content-Security-Policy has it: only its own server."""
    own = "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {own}",
            f"style-src {own} 'unsafe-inline'",  # the terminal writes its own styles
            f"font-src {own}",
            f"img-src {own} data:",
            f"connect-src ws://{host}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
