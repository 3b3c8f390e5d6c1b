"""`drivermon watch`, `keys` and `schema`, as a person or a script calls them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from drivermon.bus.link import LinkLost, LinkRestored, LinkState, Missed, NewerSchema, Restarted
from drivermon.bus.thread import BusThread
from drivermon.cli import app
from drivermon.cli.display.bus_view import MIN_COLUMNS, MIN_ROWS, BusView
from drivermon.messages import AlertEvent, AlertKind, Severity
from drivermon.schema import schemas
from tests import samples
from tests.bus.conftest import folder, ipc, settings  # noqa: F401 - fixtures
from tests.cli.running import assert_one_clear_error, drivermon


def drawn(view: BusView, columns: int = 80, rows: int = 24) -> list[str]:
    console = Console(width=columns, height=rows, color_system=None)
    with console.capture() as capture:
        console.print(view.draw(columns, rows), end="")
    return capture.get().splitlines()


@pytest.fixture
def view() -> BusView:
    heard = BusView("ipc:///run/drivermon/bus.sock", limit=0.5)
    heard.link = LinkState.UP
    for item in (samples.health(), samples.state(17.5, samples.open_alert()), samples.alert()):
        heard.take(item)
    heard.open_alerts = (samples.open_alert(),)
    return heard


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (MIN_COLUMNS, MIN_ROWS), (200, 60)])
def test_the_view_fills_the_terminal_and_no_more(view: BusView, columns: int, rows: int) -> None:
    for state in LinkState:
        view.link = state
        lines = drawn(view, columns, rows)
        assert len(lines) == rows
        assert max(map(len, lines)) <= columns


def test_the_view_shows_state_alerts_and_health(view: BusView) -> None:
    text = "\n".join(drawn(view))
    for words in (
        "● live",
        "driver seen, anger, 5.0 s",
        "4 % in 60 s, – in 180 s",
        "84 km/h",
        "anger    ███",
        "0.61",
        "▲ notice   anger, 5.0 s",
        "29.9 fps   7.1 ms, 99 % in 14.0   4 dropped   camera ok",
        "up 2 min 5 s",
    ):
        assert words in text


def test_what_is_no_longer_heard_is_not_shown_as_the_present(view: BusView) -> None:
    view.link = LinkState.LOST
    view.take(LinkLost(2.0))
    text = "\n".join(drawn(view))
    assert "● link lost" in text
    assert "not heard now" in text
    assert "driver seen" not in text


def test_before_anything_was_heard_the_view_says_so() -> None:
    text = "\n".join(drawn(BusView("tcp://car:1", limit=0.5)))
    for words in ("waiting for drivermon", "no health yet", "no state yet", "no open alert"):
        assert words in text


def test_many_open_alerts_are_cut_and_counted(view: BusView) -> None:
    view.open_alerts = tuple(samples.open_alert(n, Severity.CRITICAL) for n in range(1, 6))
    assert "and 2 more" in "\n".join(drawn(view))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (LinkLost(2.0), "nothing heard for 2.0 s"),
        (LinkRestored(7.25), "restored after 7.2 s"),
        (Restarted("b", (samples.open_alert(),)), "has restarted, 1 open alert void"),
        (NewerSchema(3, 1), "writes schema 3, this version knows 1"),
        (Missed("state", 4), "4 missed"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_happens_to_the_link_is_told(view: BusView, event: object, words: str) -> None:
    view.take(event)  # type: ignore[arg-type]
    assert words in "\n".join(drawn(view))


class Watching:
    """`drivermon watch` in another process, its lines one by one."""

    def __init__(self, endpoint: str, *options: str) -> None:
        command = [sys.executable, "-m", "drivermon", "watch", "-e", endpoint, *options]
        self.process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def line_with(self, words: str) -> str:
        assert self.process.stdout is not None
        return next(line for line in self.process.stdout if words in line)


@pytest.fixture
def watching(request: pytest.FixtureRequest, folder: Path) -> Iterator[Watching]:  # noqa: F811
    options = getattr(request, "param", ())
    watch = Watching(f"ipc://{folder}/b.sock", *options)
    yield watch
    watch.process.kill()
    watch.process.communicate()


def test_into_a_pipe_watch_writes_lines_and_outlives_the_daemon(watching: Watching, folder: Path) -> None:  # noqa: F811
    for start in range(2):
        with BusThread(ipc(folder), "test", "media") as bus:
            bus.post(samples.health(), samples.state(17.5, samples.open_alert()))
            assert watching.line_with("state: seen, anger")
            bus.post(samples.alert(3, AlertKind.NOT_SEEN, AlertEvent.RAISED))
            assert "alert 3 raised notice: driver not seen for 5.0 s (limit 5 s)" in watching.line_with(
                "alert 3"
            )
            if start:
                break
            bus.post(samples.state(18.0).model_copy(update={"seen": False}))
            assert watching.line_with("state: driver not seen")
        assert "nobody watches the driver" in watching.line_with("link: link lost")


@pytest.mark.parametrize("watching", [("--json",)], indirect=True)
def test_as_json_watch_writes_messages_as_they_are(watching: Watching, folder: Path) -> None:  # noqa: F811
    with BusThread(ipc(folder), "test", "media") as bus:
        bus.post(samples.health(), samples.state())
        message = json.loads(watching.line_with('"topic":"state"'))
    assert message["boot_id"] == bus.boot_id
    assert message["body"]["emotion"] == "anger"


def test_watch_leaves_after_the_time_it_was_given(folder: Path) -> None:  # noqa: F811
    result = CliRunner().invoke(app, ["watch", "-e", f"ipc://{folder}/b.sock", "--for", "0.05"])
    assert (result.exit_code, result.output) == (0, "")


def test_a_wrong_endpoint_or_missing_keys_is_one_clear_error(tmp_path: Path) -> None:
    assert_one_clear_error(drivermon("watch", "-e", "nonsense"), "can't connect")
    keys = drivermon("watch", "-e", "tcp://127.0.0.1:1", "--keys", str(tmp_path))
    assert_one_clear_error(keys, "client.key_secret: can't read the key")


def test_keys_are_made_once_and_clients_are_added(tmp_path: Path) -> None:
    target = tmp_path / "keys"
    made = CliRunner().invoke(app, ["keys", str(target), "phone"])
    assert made.exit_code == 0
    assert [Path(line).relative_to(target).as_posix() for line in made.stdout.splitlines()] == [
        "server.key_secret",
        "server.key",
        "clients/phone/client.key_secret",
        "clients/phone/server.key",
        "allowed/phone.key",
    ]
    added = CliRunner().invoke(app, ["keys", str(target), "tablet"])
    assert len(added.stdout.splitlines()) == 3
    again = drivermon("keys", str(target))
    assert_one_clear_error(again, "server.key_secret: is there already and is not overwritten")


def test_schemas_are_printed_or_written(tmp_path: Path) -> None:
    assert json.loads(CliRunner().invoke(app, ["schema"]).stdout) == schemas()
    written = CliRunner().invoke(app, ["schema", "--out", str(tmp_path)])
    assert [json.loads(Path(line).read_text()) for line in written.stdout.splitlines()] == list(
        schemas().values()
    )
