"""The systemd unit, where it is installed."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivermon.checking.findings import Finding, fail, ok, skipped, warn
from drivermon.config import load
from drivermon.errors import ConfigError

UNIT: Final = "drivermon.service"

FOLDERS: Final = (
    Path("/etc/systemd/system"),
    Path("/usr/local/lib/systemd/system"),
    Path("/usr/lib/systemd/system"),
)
"""Where units lie, the first one wins (systemd.unit(5))."""


@dataclass(frozen=True, slots=True)
class Service:
    """Facts about the unit.

    Attributes:
        unit: its file, `None` where it is not installed.
        program: of its ExecStart, `None` where there is none.
        program_is_there: as it says.
        config_error: why the configuration that it names can't be used.
        systemd: it is what runs this computer.
        active, enabled: in systemctl's words; empty without systemd.

    """

    unit: str | None
    program: str | None
    program_is_there: bool
    config_error: str | None
    systemd: bool
    active: str
    enabled: str


def judge_service(service: Service) -> Finding:
    """Judge whether the unit can start, and does when the computer does."""
    name = "systemd unit"
    if service.unit is None:
        return skipped(name, "not installed")
    if not service.program_is_there:
        remedy = "install drivermon there, or change ExecStart: systemctl edit --full drivermon"
        return fail(name, f"{service.unit}: its program {service.program or '(none)'} is not there", remedy)
    if service.config_error is not None:
        found, _, remedy = service.config_error.partition("; ")
        return fail(
            name, found, remedy or "mend it: `drivermon config --config FILE` tells whether it is right"
        )
    return _judge_running(name, service)


def _judge_running(name: str, service: Service) -> Finding:
    if not service.systemd:
        return skipped(name, f"{service.unit} is there; systemd does not run this computer")
    if service.active == "failed":
        return fail(name, "it has failed", "see why: journalctl -u drivermon -e")
    if service.enabled != "enabled":
        remedy = "sudo systemctl enable --now drivermon"
        return warn(name, f"{service.active}, and not started with the computer", remedy)
    if service.active != "active":
        return warn(
            name, f"enabled, but {service.active}", "sudo systemctl start drivermon; journalctl -u drivermon"
        )
    return ok(name, "active, and started with the computer")


def gather_service(
    folders: tuple[Path, ...] = FOLDERS, booted: Path = Path("/run/systemd/system")
) -> Service:
    """Read the unit and ask systemd about it."""
    file = next((folder / UNIT for folder in folders if (folder / UNIT).is_file()), None)
    if file is None:
        return Service(None, None, False, None, booted.is_dir(), "", "")
    text = file.read_text("utf-8", "replace")
    program = _match(r"^ExecStart=[-@:+!]*(\S+)", text)
    config = _match(r"^ExecStart=.*--config[= ](\S+)", text)
    return Service(
        unit=str(file),
        program=program,
        program_is_there=program is not None and Path(program).is_file(),
        config_error=None if config is None else _config_error(Path(config)),
        systemd=booted.is_dir(),
        active=_systemctl("is-active") if booted.is_dir() else "",
        enabled=_systemctl("is-enabled") if booted.is_dir() else "",
    )


def _match(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text, re.MULTILINE)
    return None if found is None else found[1]


def _config_error(file: Path) -> str | None:
    try:
        load(file, environ={})
    except ConfigError as error:
        return str(error)
    return None


def _systemctl(question: str) -> str:
    command = ["systemctl", question, UNIT]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return answer.stdout.strip() or "unknown"
