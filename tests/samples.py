"""One of every message, with every field filled."""

from drivermon.messages import (
    Alert,
    AlertEvent,
    AlertKind,
    Digests,
    DriverState,
    Evidence,
    Eyes,
    FaceMeasurement,
    Health,
    LatencyPercentiles,
    Observation,
    OpenAlert,
    PictureQuality,
    Pose,
    Probabilities,
    Severity,
)

DIGESTS = Digests(config="c" * 64, networks={"emotion": "e" * 64})
PROBABILITIES = Probabilities.from_vector([0.61, 0.05, 0.04, 0.1, 0.1, 0.05, 0.05])


def alert(
    number: int = 3, kind: AlertKind = AlertKind.EMOTION, event: AlertEvent = AlertEvent.RAISED
) -> Alert:
    evidence = Evidence(
        rule="emotion_sustained",
        value=5.02,
        threshold=5.0,
        unit="s",
        window_s=5.0,
        detail="anger",
        digests=DIGESTS,
    )
    return Alert(
        t=17.5, id=number, kind=kind, event=event, severity=Severity.NOTICE, since=12.48, evidence=evidence
    )


def open_alert(number: int = 3, severity: Severity = Severity.NOTICE) -> OpenAlert:
    return OpenAlert(id=number, kind=AlertKind.EMOTION, severity=severity, since=12.48, detail="anger")


def state(t: float = 17.5, *alerts: OpenAlert) -> DriverState:
    return DriverState(
        t=t,
        emotion="anger",
        probabilities=PROBABILITIES,
        emotion_s=5.02,
        seen=True,
        not_seen_s=0.0,
        degraded=None,
        degraded_s=0.0,
        eyes_usable=True,
        eyes_closed_s=0.0,
        perclos_60=0.04,
        perclos_180=None,
        yawning=False,
        yawns=2,
        recent_yawns=1,
        blinks=31,
        attention="forward",
        away_s=0.0,
        glances_s=3.25,
        buffer_s=2.0,
        baseline="ready",
        speed_kmh=83.5,
        standing=False,
        alerts=alerts,
    )


def health(t: float = 17.6) -> Health:
    return Health(
        t=t,
        fps=29.9,
        latency=LatencyPercentiles(p50_ms=7.1, p95_ms=11.2, p99_ms=14.0),
        dropped=4,
        camera="ok",
        provider="CPUExecutionProvider",
        digests=DIGESTS,
        lagging=False,
        uptime_s=125.0,
        version="0.1.0",
        signals_refused=1,
    )


def observation(index: int = 525) -> Observation:
    face = FaceMeasurement(
        box=(251.0, 130.5, 140.0, 142.2),
        score=1.23,
        scheme="dlib68",
        eyes=Eyes(left=0.28, right=0.27),
        eyes_visible=Eyes(left=1.0, right=None),
        mouth=0.05,
        pose=Pose(yaw=-3.5, pitch=2.25, roll=0.5),
        probabilities=PROBABILITIES,
    )
    quality = PictureQuality(brightness=101.5, contrast=48.2, detail=6.1, dark=0.03, bright=0.01)
    return Observation(t=17.5, index=index, face=face, track=None, picture=quality)
