"""The Python example, run as its reader would; the one in JavaScript needs Node.js and is checked by hand."""

import re
import subprocess
import sys
from pathlib import Path

from drivermon.bus.thread import BusThread
from drivermon.config import BusSettings
from drivermon.messages import AlertEvent
from tests import samples
from tests.bus.conftest import folder, settings  # noqa: F401 - fixtures

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_alerting_app_says_what_is_open_and_what_is_over(settings: BusSettings) -> None:  # noqa: F811
    command = [sys.executable, str(EXAMPLES / "alerting_app.py"), settings.endpoint]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as app:
        assert app.stdout is not None
        lines = iter(app.stdout)
        # it is started before the daemon, hears nobody, and says so
        assert next(lines) == "drivermon is silent: nobody watches the driver\n"
        with BusThread(settings, "test", "media") as bus:
            bus.post(samples.health(), samples.state())
            assert next(line for line in lines if "is back" in line)
            bus.post(samples.state(17.5, samples.open_alert()), samples.alert())
            assert next(line for line in lines if "anger" in line) == "notice: emotion anger\n"
            assert next(lines) == "open: ['emotion']\n"
            bus.post(samples.state(20.0), samples.alert(event=AlertEvent.CLEARED))
            assert next(lines) == "over: emotion\n"
            assert next(lines) == "open: []\n"
        app.kill()


def test_the_javascript_client_knows_the_present_schema() -> None:
    from drivermon.messages import SCHEMA_VERSION

    client = (EXAMPLES / "javascript" / "drivermon.js").read_text()
    assert re.findall(r"SCHEMA_VERSION = (\d+);", client) == [str(SCHEMA_VERSION)]
    package = (EXAMPLES / "javascript" / "package.json").read_text()
    assert f"schema/v{SCHEMA_VERSION}/" in package
