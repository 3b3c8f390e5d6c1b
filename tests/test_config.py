"""The configuration: one value from four places, errors that a person can act on, profiles that load."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.config import Settings, describe, leaves, load, to_toml
from drivermon.emotions import EMOTIONS
from drivermon.errors import ConfigError

CONFIGS = Path(__file__).parents[1] / "configs"


def written(folder: Path, text: str) -> Path:
    file = folder / "car.toml"
    file.write_text(text)
    return file


def complaint(file: Path | None = None, **sources: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file, **({"environ": {}} | sources))  # type: ignore[arg-type]
    assert caught.value.exit_code == 78
    return str(caught.value)


def test_without_anything_every_value_is_the_default() -> None:
    loaded = load(environ={})
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


def test_later_sources_win_and_every_value_says_where_it_came_from(tmp_path: Path) -> None:
    file = written(tmp_path, "[emotion]\nconfidence = 0.6\nleave = 0.3\nsmoothing_s = 1\nmin_hold_s = 2.0\n")
    loaded = load(
        file,
        environ={"DRIVERMON_EMOTION__CONFIDENCE": "0.7", "DRIVERMON_EMOTION__LEAVE": "0.2", "HOME": "/"},
        options={"emotion.confidence": 0.8},
    )
    emotion = loaded.settings.emotion
    assert (emotion.confidence, emotion.leave, emotion.smoothing_s) == (0.8, 0.2, 1.0)
    assert loaded.origins["emotion.confidence"] == "command line"
    assert loaded.origins["emotion.leave"] == "$DRIVERMON_EMOTION__LEAVE"
    assert loaded.origins["emotion.smoothing_s"] == str(file)
    assert loaded.origins["emotion.forget_s"] == "default"


def test_environment_takes_texts_lists_and_booleans() -> None:
    environ = {
        "DRIVERMON_EMOTION__NETWORK": "/opt/other.onnx",
        "DRIVERMON_RUNTIME__PROVIDERS": '["CUDAExecutionProvider", "CPUExecutionProvider"]',
        "DRIVERMON_CAMERA__MIRROR": "true",
    }
    settings = load(environ=environ).settings
    assert settings.emotion.network == "/opt/other.onnx"
    assert settings.runtime.providers[0] == "CUDAExecutionProvider"
    assert settings.camera.mirror


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[alerts.not_seen]\nnotice_ms = 3000",
            "alerts.not_seen.notice_ms: no such setting; did you mean alerts.not_seen.notice_s: "
            "seconds without a face until the notice (0.5 to 120)?",
        ),
        ("[alarms]\nloud = true", "alarms: no such setting; did you mean the section [alerts]?"),
        ("xyzzy = 1", "xyzzy: no such setting; `drivermon config` lists them all"),
        (
            "[camera]\nwidth = 10",
            "camera.width = 10: must be a whole number, 16 to 8192 (px; picture width asked of a camera)",
        ),
        (
            "[camera]\nwidth = 640.5",
            "camera.width = 640.5: must be a whole number, 16 to 8192 (px; picture width asked of a camera)",
        ),
        (
            "[alerts.emotion]\nsustained_s = '5'",
            'alerts.emotion.sustained_s = "5": must be a number, 0.5 to 120 '
            "(seconds that the emotion must last)",
        ),
        (
            "[alerts.emotion]\nsustained_s = nan",
            "alerts.emotion.sustained_s = NaN: must be a number, 0.5 to 120 "
            "(seconds that the emotion must last)",
        ),
        (
            "[alerts.emotion]\nsustained_s = true",
            "alerts.emotion.sustained_s = true: must be a number, 0.5 to 120 "
            "(seconds that the emotion must last)",
        ),
        (
            "[alerts.emotion]\nenabled = 1",
            "alerts.emotion.enabled = 1: must be true or false (false: never an alert on an emotion)",
        ),
        (
            "[alerts.emotion]\nsustained_s = 2024-01-01",
            'alerts.emotion.sustained_s = "2024-01-01": must be a number, 0.5 to 120 '
            "(seconds that the emotion must last)",
        ),
        (
            "[emotion]\nnetwork = 3",
            "emotion.network = 3: must be a text in quotes "
            "(name of a shipped network, or path of an ONNX file)",
        ),
        (
            "[alerts.emotion]\nkinds = ['anger', 'rage']",
            'alerts.emotion.kinds[1] = "rage": must be list of any number, each one of "anger", "disgust", '
            '"fear", "happy", "neutral", "sadness", "surprise" (emotions that raise the advisory)',
        ),
        (
            "[runtime]\nproviders = []",
            "runtime.providers = []: must be list of at least 1, each a text (execution providers in order "
            "of preference, e.g. CUDAExecutionProvider first)",
        ),
        (
            "[camera]\nseat_region = [0, 0, 2, 1]",
            "camera.seat_region[2] = 2: must be list of 4, each 0 to 1 (x, y, width, height as shares of "
            "the picture: where the driver's face may be)",
        ),
        (
            "[camera]\nseat_region = [0.5, 0, 0.6, 1]",
            "camera: seat_region must have a size and lie inside the picture (0 to 1)",
        ),
        ("[emotion]\nleave = 0.6", "emotion: leave (0.6) must not be above confidence (0.5)"),
        (
            "camera = 3",
            "camera = 3: camera is a section; write [camera] and its settings on lines of their own below",
        ),
        (
            "[camera]\nwidth = 1\nheight = 1",
            "camera.width = 1: must be a whole number, 16 to 8192 (px; picture width asked of a camera) "
            "(1 more after this one)",
        ),
    ],
)
def test_a_wrong_file_is_named_with_key_and_what_is_allowed(tmp_path: Path, text: str, expected: str) -> None:
    file = written(tmp_path, text)
    assert complaint(file) == f"{file}: {expected}"


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert complaint(missing).startswith(f"{missing}: can't read the configuration: No such file")
    assert complaint(tmp_path).startswith(f"{tmp_path}: can't read the configuration: Is a directory")
    broken = written(tmp_path, "[emotion\n")
    assert complaint(broken).startswith(f"{broken}: not valid TOML: ")
    broken.write_bytes(b"\xff\xfe")
    assert complaint(broken).startswith(f"{broken}: not valid TOML: ")


def test_a_wrong_variable_or_option_is_named() -> None:
    variable = complaint(environ={"DRIVERMON_EMOTION__CONFIDENCE": "7"})
    assert variable.startswith(
        "$DRIVERMON_EMOTION__CONFIDENCE: emotion.confidence = 7: must be a number, 0 to 1"
    )
    option = complaint(options={"emotion.confidense": 0.5})
    assert option.startswith(
        "command line: emotion.confidense: no such setting; did you mean emotion.confidence"
    )
    nested = complaint(options={"emotion.confidence": 0.5, "emotion.confidence.x": 1})
    assert nested == "command line: emotion.confidence.x: confidence is a value, not a section"
    undecodable = complaint(environ={"DRIVERMON_EMOTION__NETWORK": "\udcff"})
    assert undecodable.startswith("$DRIVERMON_EMOTION__NETWORK: 'emotion.network' = '\\udcff': is not UTF-8")


def test_every_setting_says_what_it_means_and_what_it_allows() -> None:
    for key, value in leaves(Settings()):
        assert describe(key), key
        if isinstance(value, int | float):
            assert "(" in describe(key), f"{key} has no bounds"


@pytest.mark.parametrize(
    "endpoint",
    [
        "tcp://127.0.0.1:5570",
        "tcp://127.3.2.1:1",
        "tcp://[::1]:5570",
        "tcp://localhost:65535",
        "ipc:///run/x.sock",
    ],
)
def test_an_endpoint_on_this_computer_needs_no_keys(endpoint: str) -> None:
    assert load(environ={}, options={"bus.endpoint": endpoint}).settings.bus.endpoint == endpoint


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "192.168.1.2", "[::]", "eth0", "localhost.example", "lo"])
@pytest.mark.parametrize("name", ["endpoint", "signals_endpoint"])
def test_an_endpoint_open_to_outsiders_needs_keys(name: str, host: str) -> None:
    options = {f"bus.{name}": f"tcp://{host}:5570"}
    assert "is open to outsiders; set keys (`drivermon keys`)" in complaint(options=options)
    load(environ={}, options={**options, "bus.keys": "/etc/drivermon/keys"})


@pytest.mark.parametrize(
    "endpoint",
    [
        "bus.sock",
        "ipc://relative.sock",
        "ipc://@abstract",
        "ipc://*",
        "tcp://host",
        "udp://a:1",
        "tcp://localhost:65536",
    ],
)
def test_an_endpoint_of_another_kind_is_refused(endpoint: str) -> None:
    assert "must be ipc:///absolute/path or tcp://HOST:PORT" in complaint(options={"bus.endpoint": endpoint})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"can.signals": ["speed"]}, "'speed' must be NAME=MESSAGE.SIGNAL"),
        ({"can.interface": "socketcan"}, "interface needs a database and at least one of signals"),
    ],
)
def test_can_needs_a_database_and_named_signals(options: dict[str, object], words: str) -> None:
    assert words in complaint(options=options)


def test_the_digest_moves_with_decisions_and_not_with_logging_or_sockets() -> None:
    options = {"logging.level": "error", "bus.endpoint": "ipc:///tmp/a.sock", "can.channel": "can1"}
    quiet = load(environ={}, options=options).settings
    slower = load(environ={}, options={"alerts.emotion.sustained_s": 6.0}).settings
    assert quiet.digest() == Settings().digest() != slower.digest()


@pytest.mark.parametrize("profile", sorted(CONFIGS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_shipped_profile_loads(profile: Path) -> None:
    load(profile, environ={})


def test_the_profiles_do_what_they_are_named_for() -> None:
    def of(name: str) -> Settings:
        return load(CONFIGS / f"{name}.toml", environ={}).settings

    assert of("cpu").runtime.providers == ("CPUExecutionProvider",)
    assert of("nvidia").runtime.providers[0] == "CUDAExecutionProvider"
    assert not of("emotion_off").emotion.enabled
    assert not of("emotion_off").alerts.emotion.enabled
    assert of("replay").logging.level == "warning"


def test_defaults_toml_is_every_default_written_out() -> None:
    shipped = (CONFIGS / "defaults.toml").read_text()
    assert shipped == to_toml(Settings()), "renew it: drivermon config --toml > configs/defaults.toml"


@pytest.mark.parametrize(
    ("providers", "precision", "int8"),
    [
        (["CPUExecutionProvider"], "auto", True),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], "auto", False),
        (["CPUExecutionProvider"], "float32", False),
        (["CUDAExecutionProvider"], "int8", True),
    ],
)
def test_networks_in_8_bits_are_for_cpus(providers: list[str], precision: str, *, int8: bool) -> None:
    settings = Settings.model_validate({"runtime": {"providers": tuple(providers), "precision": precision}})
    assert settings.runtime.int8 is int8


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
shares = st.floats(0, 1)


@given(
    confidence=shares,
    leave=shares,
    network=texts,
    providers=st.lists(texts, min_size=1, max_size=3),
    kinds=st.lists(st.sampled_from(EMOTIONS), max_size=3),
    sustained_s=st.floats(0.5, 120),
    mirror=st.booleans(),
    threads=st.integers(1, 64),
)
def test_what_is_written_as_toml_loads_as_the_same_settings(
    tmp_path_factory: pytest.TempPathFactory,
    confidence: float,
    leave: float,
    network: str,
    providers: list[str],
    kinds: list[str],
    sustained_s: float,
    mirror: bool,
    threads: int,
) -> None:
    options = {
        "emotion.confidence": max(confidence, leave),
        "emotion.leave": min(confidence, leave),
        "emotion.network": network,
        "runtime.providers": providers,
        "runtime.threads": threads,
        "alerts.emotion.kinds": kinds,
        "alerts.emotion.sustained_s": sustained_s,
        "camera.mirror": mirror,
    }
    settings = load(environ={}, options=options).settings
    file = tmp_path_factory.mktemp("toml") / "all.toml"
    file.write_text(to_toml(settings), encoding="utf-8", newline="")
    loaded = load(file, environ={})
    assert loaded.settings == settings
    assert set(loaded.origins.values()) == {str(file)}
