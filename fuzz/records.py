"""Files of claw-tui itself, which may be damaged, and lock files of gateways."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from hypothesis import strategies as st

from claw_tui.events.incident_details import sections
from claw_tui.events.incident_logs import LogExcerpt
from claw_tui.events.incident_text import headline
from claw_tui.settings import load_settings, save_theme
from claw_tui.text.values import clean
from fuzz.model import fuzzes, scratch
from fuzz.strategies import json_documents, mutated, numbers, texts
from gateway_core import dirs
from gateway_core.discovery.ids import read_known_ids
from gateway_core.discovery.locks import parse_lock
from gateway_core.discovery.operation_records import OperationRecords, last_record
from gateway_core.discovery.planned import PlannedInstances
from gateway_core.discovery.registrations import read_registrations
from gateway_core.discovery.seen_units import SeenUnits
from gateway_core.distributions.loader import load_distributions
from gateway_core.events.absence import changes_since
from gateway_core.events.incidents import incidents
from gateway_core.events.last_seen import LastSeenFile
from gateway_core.events.looked_at import looked_at_file, read_looked_at, write_looked_at
from gateway_core.events.model import Event
from gateway_core.events.store import EventStore, EventStoreError
from gateway_core.health.challenge import ChallengeMemory
from gateway_core.host import Host
from gateway_core.onboarding.journal import unfinished_journals
from gateway_core.onboarding.trash import MANIFEST, Trash
from gateway_core.own_files import WriteFaults
from tests.documents import strictly_parsed
from tests.fixed_host import NOW, FixedHost
from tests.snapshots import host as host_with
from tests.snapshots import instance

OPENCLAW_TOML = (Path(dirs.__file__).parent / "distributions/data/openclaw.toml").read_bytes()
SETTINGS = b'theme = "claw-dark"\nbell = true\n[keys]\nfilter = "f,slash"\n'
LOCK = b'{"pid":4242,"startTime":987654,"configPath":"/home/me/.openclaw/openclaw.json","port":18789}      \n'
JOURNAL = (
    b'{"plan":{"instance":"openclaw:x","distribution":"openclaw","base_port":1,"claims":[],"state_dir":"/s",'
    b'"config_path":"/s/c","workspace":"/s/w"},"outcome":"unfinished"}'
)
LAST_SEEN = (
    b'{"seen_at":"2026-11-20T10:00:00Z","boot":"b","gateways":[{"id":"openclaw:default","distribution":"openclaw",'
    b'"state":"running","config_path":"/c","config_written":[3,4],"version":"1","port":5,"process":{"pid":1,"start":2,'
    b'"started_at":"2026-11-20T10:00:00Z"},"units":[{"manager":"systemd-user","name":"a.service"}]}]}'
)
MARK = st.fixed_dictionaries({"pid": numbers, "start": numbers, "at": texts})
EVENT_ROWS = st.lists(
    st.tuples(
        st.sampled_from((NOW.isoformat(), "0001-01-01T00:00:00+14:00", "2026-11-20T10:00:00", "", 5, 1e999, b"\xff"))
        | texts,
        st.none() | texts,
        st.sampled_from(("died", "started", "state-changed", "newer")) | texts,
        st.none() | texts,
        st.sampled_from(
            (
                "{}",
                '{"pid":1}',
                '{"happened_at":"2026-11-20T09:00:00Z","count":3}',
                '{"after":"2026-11-20T09:00:00Z","before":"0001-01-01T00:00:00+14:00","seen_before":"x"}',
                '{"a":NaN}',
                '{"reason":[1,{}]}',
                '{"pid":' + "9" * 5000 + "}",
                "[",
                "5",
            )
        )
        | texts,
    ),
    max_size=4,
)
DAMAGE = st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=2000)), max_size=3)
EVENTS = "events.db"
LOOKED_AT = b'{"at": "2026-11-20T10:00:00+00:00"}'
INSERT = "INSERT INTO events (at, instance, kind, cause, detail) VALUES (?, ?, ?, ?, ?)"
OWN_EVENT = Event(at=NOW, instance="openclaw:own", kind="started", detail={"pid": 4242})


def with_file(place: Callable[[Host], Path], data: bytes, look: Callable[[Host], object]) -> None:
    """Look at a host on which that file of ours holds this."""
    with scratch() as directory:
        host = FixedHost(directory).host()
        path = place(host)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(data)
        path.chmod(0o600)
        look(host)


@fuzzes(
    "gateway_core.discovery.locks",
    inputs=mutated([LOCK])
    | json_documents({"pid": numbers, "startTime": numbers, "configPath": texts, "port": numbers, "stateDir": texts}),
)
def locks(data: bytes) -> None:
    lock = parse_lock(data.decode("utf-8", "replace"), Path("/tmp/gateway.lock"), 0, "openclaw")
    if lock is not None:
        assert isinstance(lock.pid, int)
        assert lock.config_path.is_absolute()


@fuzzes(
    "gateway_core.discovery.registrations",
    inputs=st.lists(
        json_documents({"distribution": st.just("openclaw"), "config_path": st.just("/x/openclaw.json") | texts,
                        "state_dir": texts, "label": texts, "ignored": st.booleans()}),
        max_size=3,
    ).map(lambda entries: b'{"schema":1,"instances":[' + b",".join(entries) + b"]}")
    | mutated([b'{"schema":1,"instances":[{"distribution":"openclaw","config_path":"/x/c.json","label":"x"}]}']),
)  # fmt: skip
def registrations(data: bytes) -> None:
    def look(host: Host) -> None:
        found, problems = read_registrations(host)
        assert all(one.config_path.is_absolute() for one in found)
        assert all(problem.message for problem in problems)

    with_file(lambda host: dirs.registrations_file(host.config_dir), data, look)


@fuzzes("gateway_core.discovery.ids", inputs=mutated([b'{"ids":{"openclaw@x":"/srv/x/openclaw.json"}}']))
def known_ids(data: bytes) -> None:
    with_file(dirs.ids_file, data, read_known_ids)


@fuzzes(
    "gateway_core.discovery.seen_units",
    inputs=mutated(
        [b'{"units":[{"config":"/c","manager":"systemd-user","name":"a.service","path":"/p","digest":"x"}]}']
    ),
)
def seen_units(data: bytes) -> None:
    with_file(dirs.seen_units_file, data, lambda host: SeenUnits(host).recall())


@fuzzes(
    "gateway_core.events.last_seen",
    "gateway_core.events.absence",
    inputs=mutated([LAST_SEEN]),
)
def last_seen(data: bytes) -> None:
    def look(host: Host) -> None:
        read = LastSeenFile(host).read()
        assert (read.record is None) == (read.fault is not None)
        if read.record is not None:
            changes_since(read.record, host_with(instance()), "b")

    with_file(dirs.last_seen_file, data, look)


@fuzzes(
    "gateway_core.health.challenge",
    inputs=mutated([b'{"boot":"","outcomes":[{"pid":1,"start":2,"greeted":true}]}'])
    | json_documents({"boot": texts, "outcomes": st.lists(MARK, max_size=2)}),
)
def remembered_challenges(data: bytes) -> None:
    with_file(dirs.challenges_file, data, lambda host: ChallengeMemory(host, WriteFaults()).recall())


@fuzzes(
    "gateway_core.discovery.operation_records",
    "gateway_core.lifecycle.locking",
    inputs=mutated([b'{"holder":1,"launched":{"pid":1,"start":2,"at":"2026-11-20T10:00:00Z"},"asked_to_stop":null}'])
    | json_documents({"holder": numbers, "operation": texts, "launched": MARK, "asked_to_stop": MARK}),
)
def records_of_operations(data: bytes) -> None:
    config = Path("/srv/x/openclaw.json")

    def look(host: Host) -> None:
        OperationRecords(host).of(config)
        last_record(host, config)

    with_file(lambda host: dirs.operations_file(host, config), data, look)


@fuzzes(
    "gateway_core.onboarding.journal",
    "gateway_core.discovery.planned",
    inputs=json_documents({"id": texts, "began_at": texts, "outcome": texts, "before": st.lists(texts, max_size=2),
                           "plan": st.dictionaries(st.sampled_from(("instance", "claims")), texts | numbers)})
    | mutated([JOURNAL]),
)  # fmt: skip
def journals(data: bytes) -> None:
    def look(host: Host) -> None:
        PlannedInstances(host).look()
        unfinished_journals(host)

    with_file(lambda host: dirs.journals_dir(host) / "x.json", data, look)


@fuzzes(
    "gateway_core.onboarding.trash",
    inputs=mutated([b'{"instance":"openclaw:x","at":"2026-11-20T10:00:00Z","items":[]}']),
)
def trash_manifests(data: bytes) -> None:
    with_file(
        lambda host: dirs.trash_dir(host) / "x" / MANIFEST,
        data,
        lambda host: Trash(dirs.trash_dir(host) / "x", "openclaw:x", NOW),
    )


@fuzzes("claw_tui.settings", inputs=mutated([SETTINGS]))
def settings(data: bytes) -> None:
    def look(host: Host) -> None:
        loaded = load_settings(host.config_dir)
        assert loaded.settings.theme is None or isinstance(loaded.settings.theme, str)
        if loaded.path is not None and not loaded.faults:
            save_theme(loaded.path, "claw-light")
            assert load_settings(host.config_dir).settings.theme == "claw-light"

    with_file(lambda host: dirs.settings_file(host.config_dir), data, look)


@fuzzes("gateway_core.distributions.loader", inputs=mutated([OPENCLAW_TOML]), share=0.3)
def own_products(data: bytes) -> None:
    def look(host: Host) -> None:
        found = load_distributions(host.config_dir)
        assert len(found.known) >= 5
        assert all(problem.message for problem in found.problems)

    with_file(lambda host: dirs.distributions_dir(host.config_dir) / "x.toml", data, look)


@fuzzes(
    "gateway_core.events.store",
    "gateway_core.events.operation_events",
    "gateway_core.events.model",
    "gateway_core.events.incident_grouping",
    "claw_tui.events.when_text",
    inputs=EVENT_ROWS,
    share=0.3,
)
def rows_of_events(rows: Sequence[tuple[object, ...]]) -> None:
    with scratch() as directory:
        store = with_an_event(directory)
        with closing(sqlite3.connect(directory / EVENTS)) as database, database:
            for row in rows:
                with suppress(sqlite3.IntegrityError):  # a column that must not be empty is
                    database.execute(INSERT, tuple(map(_storable, row)))
        found = store.newest(50)
        assert OWN_EVENT in found
        for event in found:
            strictly_parsed(event.model_dump_json())
            json.dumps(event.model_dump(mode="json"), allow_nan=False)
        told = incidents(found)
        assert sum(len(incident.events) for incident in told) == len(found)
        for incident in told:
            assert clean(headline(incident)) == headline(incident)
            assert sections(incident, NOW.date(), LogExcerpt())


@fuzzes("gateway_core.events.looked_at", inputs=mutated([LOOKED_AT]) | json_documents({"at": texts | numbers}))
def times_of_looks(data: bytes) -> None:
    def look(host: Host) -> None:
        database = dirs.events_database(host)
        known = read_looked_at(database, NOW)
        write_looked_at(database, NOW, NOW)
        assert read_looked_at(database, NOW) == max(NOW, known or NOW)

    with_file(lambda host: looked_at_file(dirs.events_database(host)), data, look)


@fuzzes("gateway_core.events.store", inputs=DAMAGE, share=0.3)
def damaged_databases(damage: Sequence[tuple[float, bytes]]) -> None:
    with scratch() as directory:
        with_an_event(directory)
        path = directory / EVENTS
        whole = path.read_bytes()
        for share, data in damage:
            at = int(share * len(whole))
            whole = whole[:at] + data + whole[at + len(data) :]
        path.write_bytes(whole)
        told: list[str] = []
        try:
            found = EventStore(path, told.append).newest(5)
        except EventStoreError:
            return
        assert damage or found == (OWN_EVENT,)
        for event in found:
            strictly_parsed(event.model_dump_json())


def with_an_event(directory: Path) -> EventStore:
    """The database of that directory, with an event that claw-tui itself wrote."""
    store = EventStore(directory / EVENTS, lambda _: None)
    store.append([OWN_EVENT])
    return store


def _storable(value: object) -> object:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
