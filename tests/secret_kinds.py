"""The ways in which a secret is told in a text, each with `{}` where it stands; and secrets of a known shape."""

import base64
import random
import string
from collections.abc import Callable, Iterator, Mapping

from gateway_core.redaction.shapes import Prefix, shapes

IN_STRUCTURE = (
    '{"key":"token","value":"{}"}',
    '{"value":"{}","key":"token"}',
    '{"name": "apiKey", "value": "{}", "required": true}',
    '{"name":"Authorization","value":"Basic {}"}',
    '{"header":"x-api-key","value":"{}"}',
    '{"ParameterKey":"DbPassword","ParameterValue":"{}"}',
    '{"setting":"gateway.auth.token","value":"{}"}',
    '{"changed":"gateway.auth.token","from":"x","to":"{}"}',
    '{"question":"Password?","answer":"{}"}',
    '{"0":"--user bob:{}"}',
    '{"id":"password","type":"text","value":"{}"}',
    '{"type":"password","value":"{}"}',
    '{"field":"botToken","old":"x","new":"{}"}',
    '["authorization", "{}"]',
    '["x-api-key","{}"]',
    '["token", "{}"]',
    '["--token","{}"]',
    '["openclaw","gateway","--token","{}","--port","18789"]',
    '["config","set","gateway.auth.token","{}"]',
    '["Host","127.0.0.1","Authorization","Bearer {}","Accept","*/*"]',
    '["mysql","-uroot","-p{}","db"]',
    '{"command":"sshpass","args":["-p","{}","ssh","h"]}',
    '{"program":"/usr/bin/redis-cli","pid":7,"argv":["-a","{}"]}',
    '["curl","-u","bob:{}","http://x/"]',
    '["TOKEN={}"]',
    '{"headers":{"x-api-key":"{}"}}',
    '{"headers":{"Authorization":"Digest username=\\"bob\\", response=\\"{}\\""}}',
    '{"headers":[["authorization","{}"],["host","x"]]}',
    '{"rawHeaders":["Host","x","X-Auth-Token","{}"]}',
    r'{"\u0074oken":"{}"}',
    r'{"p\u0061ssword":"{}"}',
    r'{"body":"{\"token\":\"{}\"}"}',
    r'{"body":"{\"key\":\"token\",\"value\":\"{}\"}"}',
    r'{"body":"{\"inner\":\"{\\\"password\\\":\\\"{}\\\"}\"}"}',
    r'{"body":"{\"inner\":\"[\\\"--token\\\",\\\"{}\\\"]\"}"}',
    r"said {\"key\":\"token\",\"value\":\"{}\"} to all",
    '{"credentials":{"user":"bob","phrase":"{}"}}',
    '{"secrets":["{}","b"]}',
    '{"tokens":{"telegram":"{}"}}',
    '{"auth":{"username":"bob","password":"{}"}}',
    '{"pwd":"{}"}',
    '{"pass":"{}"}',
    '{"creds":"{}"}',
    '{"session_id":"{}"}',
    '{"sessionId":"{}"}',
    '{"sid":"{}"}',
    '{"bearer":"{}"}',
    '{"auth":"{}"}',
    '{"secret":"{}"}',
    '{"pin":"{}"}',
    '{"otp":"{}"}',
    '{"totp":"{}"}',
    '{"oauth":"{}"}',
    '{"userPass":"{}"}',
    '{"db_pass":"{}"}',
    '{"smtp-pwd":"{}"}',
    '{"clientSecret":"{}"}',
    '{"sshpass":"{}"}',
    '{"accessKey":"{}"}',
    '{"licenseKey":"{}"}',
    '{"connect.sid":"{}"}',
    '{"xAuthToken":"{}"}',
    "{ key: 'token', value: '{}' }",
    "{ name: 'x-api-key', value: '{}' }",
    "{'name': 'password', 'value': '{}'}",
    "[ 'authorization', '{}' ]",
    "[ [ 'authorization', '{}' ] ]",
    "{ headers: { authorization: '{}', host: 'x' } }",
    "Map(1) { 'token' => '{}' }",
    '{:token=>"{}"}',
    "[token: {}]",
    "Config{user=bob, password={}, port=1}",
    '{"key":"token","value":"{}',
    '{"name":"token","value":"{}","more":{"cut":"sho',
    'request failed {"args":["--password","{}"]} after 3 s',
    '{"key": "token",\n "value": "{}"}',
    '{\n  "name": "token",\n  "value": "{}"\n}',
)
"""By keys, siblings, pairs, headers and arguments."""

AUTHORIZATION = tuple(
    f"{name}: {scheme}"
    for name in ("Authorization", "proxy-authorization", "X-Authorization")
    for scheme in (
        "Bearer {}",
        'Bearer "{}"',
        "Bearer\\ {}",
        "Basic {}",
        "Token {}",
        "Token token={}",
        "ApiKey {}",
        "Api-Key {}",
        "Negotiate {}",
        "NTLM {}",
        "Bot {}",
        "OAuth {}",
        "DPoP {}",
        "SSWS {}",
        "Splunk {}",
        "GenieKey {}",
        "PRIVATE {}",
        "Whatever-Scheme {}",
        "{}",
        'Digest username="bob", realm="x", nonce="y", uri="/", response="{}", opaque="z"',
        'OAuth oauth_consumer_key="x", oauth_signature="{}"',
        'Hawk id="x", ts="1", nonce="j", mac="{}"',
        "AWS4-HMAC-SHA256 Credential=x/20261120/eu/s3/aws4_request, SignedHeaders=host;x, Signature={}",
        'Token token="{}"',
        "GoogleLogin auth={}",
    )
)

IN_TEXT = (
    "pwd={}",
    "pass={}",
    "pass: {}",
    "creds={}",
    "session_id={}",
    "session-id: {}",
    "sid={}",
    "bearer={}",
    "bearer: {}",
    "auth={}",
    "auth: {}",
    "secret={}",
    "pin={}",
    "pin: {}",
    "otp: {}",
    "totp={}",
    "oauth={}",
    "DB_PASS={}",
    "dbPass={}",
    "PGPASSWORD={}",
    "MYSQL_PWD={}",
    "REDISCLI_AUTH={}",
    "SSHPASS={}",
    "sshpass={}",
    "smtp-pwd: {}",
    "userPin: {}",
    "user.pass={}",
    "client_secret={}",
    "AccountKey={};EndpointSuffix=core",
    "SharedAccessKey={}",
    "connect.sid={}",
    "PHPSESSID={}",
    "JSESSIONID={}",
    "X-Auth-Token: {}",
    "X-Api-Key: {}",
    "Ocp-Apim-Subscription-Key: {}",
    "X-Amz-Security-Token: {}",
    "x-goog-api-key: {}",
    "Private-Token: {}",
    "<password>{}</password>",
    '<Token value="{}"/>',
    '<string name="api_key">{}</string>',
    '<entry key="password">{}</entry>',
    '<property name="password"><value>{}</value></property>',
    "<property><name>db.password</name><value>{}</value></property>",
    '<input type="password" value="{}">',
    "<token>\n{}\n</token>",
    "credentials: { user: 'bob', phrase: '{}' }",
    "failed: credentials={ phrase: '{}' }",
    'tokens: ["{}"]',
    "secrets = [ '{}', 'b' ]",
    "token=[{}]",
    "password=[{}]",
    "secrets: [{}, swordfish]",
    'authorization: {"a":1} then Authorization: SharedKey {}',
    "authorization: Bearer x7 then Authorization: SharedKey {}",
    "setToken('{}')",
    'login.password("{}")',
    "Incorrect API key provided: {}",
    "SECRET_KEY_BASE={}",
    "pin code: {}",
    "verification code: {}",
    "2FA code: {}",
    "AUTH default {}",
    "AUTH PLAIN {}",
    "NickServ IDENTIFY {}",
    "Authorization: Bearer\n  {}",
    "https://h/?j=%7B%22token%22%3A%22{}%22%7D",
    '<ns:Token type="x">{}</ns:Token>',
    "<password><![CDATA[{}]]></password>",
    '<add key="ApiKey" value="{}"/>',
    '<input value="{}" name="token">',
    "<key>GatewayToken</key>\n\t<string>{}</string>",
    "password = {}",
    "password is {}",
    "pwd is {}",
    "your OTP is {}",
    "the verification code is {}",
    "passphrase: correct {} battery",
    "passphrase: correct7 horse {}",
    "the passphrase is 'correct7 horse {}'",
    "passphrase=Correct Horse {}",
    "passphrase: Correct Horse {}",
    "the password was {}",
    "set password {}",
    "set the token to {}",
    "new secret is '{}'",
    "export PASSWORD={}",
    "set X_TOKEN={}",
    "password := {}",
    "password -> {}",
    "password → {}",
    "token == {}",
    "machine h login bob password {}",
    "login bob\n password {}",
    "requirepass {}",
    "AUTH {}",
    "CREATE USER x IDENTIFIED BY '{}'",
    "ALTER ROLE x PASSWORD '{}'",
    "postgres://u:{}/rest@db/x",
    "postgres://u:p/{}/w@rd@host/db",
    "postgres://u:p@{}@host/db",
    "redis://:{}@h:1/0",
    "http://u:{}?x#y@host/",
    "amqp://a:b@h1,amqp://c:{}@h2",
    "ws://127.0.0.1:1/,http://u:{}@h/",
    "https://h/?access_token={}",
    "https://h/?a=1&api_key={}&b=2",
    "https://h/#id_token={}",
    "https://h/?sig={}",
    "https://h/cb?code={}&state=x",
    "https://h/?a=1;sig={}",
    "https://h/cb?next=/cb?code={}",
    "https://h/?to=https://h/cb?code={}",
    "https://h/?u=x%3Fcode%3D{}",
    "https://h/?a=1&u%3Dx%253Fcode%253D{}",
    "next=%2F%3Ftoken%3D{}",
    "next=%2F%3Fa%3D1%26token%3D{}%26b%3D2",
    "?x%5Btoken%5D={}",
    "url=%252F%253Ftoken%253D{}",
    "?%74oken={}",
    "?t%6Fken={}",
    "curl -u bob:{} http://x/",
    "curl --user bob:{} http://x/",
    "curl -ubob:{} http://x/",
    "--user bob:{}",
    "curl -u 'bob:{}' http://x/",
    "curl -U p:{} -s http://x",
    'curl -H "X-Api-Key: {}" http://x/',
    "curl -H 'Authorization: Bearer {}' http://x/",
    "mysql -uroot -p{} db",
    "exec: mysqldump -h db -p{} x",
    "mongosh -u a -p {} x",
    "sshpass -p {} ssh h",
    "openssl enc -aes-256-cbc -k {} -in f",
    "gateway.auth.token changed from {} to off",
    "the password was rotated from Q7x9Zq2a to {}",
    "sshpass -p{} ssh h",
    "redis-cli -a {} ping",
    "docker login -u bob -p {} r",
    "ldapsearch -x -w {} -D cn=x",
    "smbclient -U bob%{} //h/x",
    "htpasswd -b f bob {}",
    "htpasswd -nbB bob {}",
    "htpasswd -bB -C 10 f bob {}",
    "htpasswd -bnBC 10 bob {}",
    'htpasswd -bnBC 10 "" {}',
    "htpasswd -bBC 12 /etc/f bob {}",
    "htpasswd -nbBC10 -- bob {}",
    "curl -fsSLu bob:{} http://x/",
    "curl -sSubob:{} http://x/",
    "zip -erP {} a.zip b",
    "unzip -oP{} a.zip",
    "ldapsearch -LLLxw {} -D cn=x",
    "sshpass -vp {} ssh h",
    "ab -kA bob:{} http://x/",
    "http -fa bob:{} :8000",
    '["curl","-su","bob:{}","http://x/"]',
    "x --auth {}",
    "x --pass={}",
    "x --pass {}",
    "x --pwd {}",
    "x --user bob:{}",
    "x --gateway-token '{}'",
    "x --otp {}",
    "TOKEN={} cmd --port 1",
    "env A=1 API_KEY={} cmd",
    "wget --password={} http://x",
    "openclaw config set gateway.auth.token {}",
    "token:\n  {}",
    "token: |\n  {}",
    "password:\n- {}",
    "secrets:\n  - {}\n  - x",
    "gateway token:\n{}",
    "--token\n{}",
    "api_key:\n    '{}'",
    '"name": "token",\n"value": "{}"',
    "token: \\\n{}",
    "sent NTLM {}",
    "used Negotiate {}",
)
"""By a name in plain text, in commands, in addresses, in markup, over lines."""


SHORT_IN_TEXT = {
    "Your OTP is {}": "471193",
    "verification code is {}.": "471193",
    "PIN is {}": "4711",
    "confirmation code: {}": "471193",
    "your one-time code is {}": "471193",
    "G-{} is your Google verification code": "471193",
    "password=[{}]": "hunter2",
    "secrets: [hunter2, {}]": "swordfish",
    "tokens: {a: {}}": "hunter2",
    "passphrase=correct horse battery {}": "staple",
    "passphrase=correct {} Failed to start": "staple",
}
"""By a name in plain text, and what is a secret only there: a number, or a word."""


def _some(characters: str, length: int) -> str:
    """Random characters, with a digit and letters of both cases if there can be."""
    must = [
        random.choice(each)
        for each in (string.digits, string.ascii_lowercase, string.ascii_uppercase)
        if set(each) <= set(characters)
    ]
    return "".join(random.sample([*must, *random.choices(characters, k=length - len(must))], k=length))


def lines_of_every_kind(plant: Callable[[str], str], place: str) -> Iterator[str]:
    """Lines of text that tell a secret each, in every way, and a private key in several."""
    for kind in (*IN_STRUCTURE, *AUTHORIZATION, *IN_TEXT):
        yield kind.replace("{}", plant(f"{kind!r} in {place}"))
    for row in shapes().prefixes:
        for begin in row["begins"]:
            secret = plant(f"{begin} in {place}")
            yield f"refused {begin}{_of_characters(secret, row)}"
    yield "-----BEGIN RSA PRIVATE KEY-----"
    for number in range(9):
        yield base64.b64encode(
            b"x" * (number % 3) + plant(f"line {number} of a key in {place}").encode() + b"Zz9"
        ).decode()
    yield "-----END RSA PRIVATE KEY-----"


def _of_characters(secret: str, row: Prefix) -> str:
    """The secret in the characters that may follow there, and as long as it must be."""
    if row["characters"] == "hex":
        return secret.encode().hex()
    if row["characters"] == "upper":
        return secret.upper()
    return f"{secret}7{'x' * (row['at_least'] - len(secret))}"


_CHARACTERS = {
    "word": string.ascii_letters + string.digits + "_-",
    "alnum": string.ascii_letters + string.digits,
    "hex": string.hexdigits[:16],
    "upper": string.ascii_uppercase + string.digits,
    "base64": string.ascii_letters + string.digits + "+/",
    "dotted": string.ascii_letters + string.digits + "_-",
}
_ALNUM = _CHARACTERS["alnum"]


def _prefixed(row: Prefix) -> Callable[[], list[str]]:
    return lambda: [begin + _some(_CHARACTERS[row["characters"]], row["at_least"]) for begin in row["begins"]]


SHAPED: Mapping[str, Callable[[], list[str]]] = {
    **{row["provider"]: _prefixed(row) for row in shapes().prefixes},
    "JSON web token": lambda: [f"eyJ{_some(_ALNUM, 20)}.eyJ{_some(_ALNUM, 20)}.{_some(_ALNUM, 20)}"],
    "Google OAuth refresh token": lambda: [f"1//0{_some(_ALNUM, 40)}"],
    "OpenShift": lambda: [f"sha256~{_some(_ALNUM, 43)}"],
    "Telegram bot": lambda: [f"123456789:AA{_some(_ALNUM, 33)}"],
    "Discord bot": lambda: [f"{_some('MNO', 1)}{_some(_ALNUM, 23)}.{_some(_ALNUM, 6)}.{_some(_ALNUM, 27)}"],
    "Azure client secret": lambda: [f"{_some(_ALNUM, 3)}8Q~{_some(_ALNUM, 34)}"],
    "Terraform Cloud": lambda: [f"{_some(_ALNUM, 14)}.atlasv1.{_some(_ALNUM, 60)}"],
    "Airtable": lambda: [f"pat{_some(_ALNUM, 14)}.{_some(string.hexdigits[:16], 64)}"],
    "Harness": lambda: [
        f"{kind}.{_some(_ALNUM, 22)}.{_some(_ALNUM, 24)}.{_some(_ALNUM, 20)}" for kind in ("pat", "sat")
    ],
    "Slack webhook": lambda: [
        f"https://hooks.slack.com/services/T{_some(_ALNUM, 9)}/B{_some(_ALNUM, 9)}/{_some(_ALNUM, 24)}"
    ],
    "Discord webhook": lambda: [f"https://discord.com/api/webhooks/123456789012345678/{_some(_ALNUM, 68)}"],
    "Microsoft Teams webhook": lambda: [
        f"https://x.webhook.office.com/webhookb2/{_some(_ALNUM, 36)}/IncomingWebhook/{_some(_ALNUM, 32)}"
    ],
    "Telegram bot in the path of its API": lambda: [f"https://api.telegram.org/bot12345678:{_some(_ALNUM, 35)}"],
    "MaxMind": lambda: [f"{_some(_ALNUM, 6)}_{_some(_ALNUM, 29)}_mmk"],
    "1Password secret key": lambda: [
        "A3-" + "-".join(_some(_CHARACTERS["upper"], count) for count in (6, 6, 5, 5, 5, 5))
    ],
    "Facebook app token": lambda: [f"123456789012345|{_some(_ALNUM, 27)}"],
}
"""Of each provider in `shapes.toml`, secrets that look like its own; the last word of an address is what is secret."""
