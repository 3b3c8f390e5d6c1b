"""How long the eyes have been closed, through nods, hands and the loss of the view.

::

    open ──openness under `closed`──> closed ──over `open`, and staying there──> open
    closed ──lids and head went down together──> glance ──the head comes up, lids do not──> closed
    closed ──out of sight, well after it began──> closed, the timer runs
    closed ──out of sight, just begun──> not known
    hidden for long ──seen closed, before they were seen open──> not known

Not seen is not closed, and not fine either.
"""

from dataclasses import dataclass, field

from drivermon.config import DrowsinessSettings
from drivermon.interpretation.head_down import HeadDown
from drivermon.interpretation.lasting import Lasting, Limits, Span
from drivermon.memory import STRICT, Remembering

LID_TRAVEL_S = 0.1
"""Lids close in about this time."""

HALF_OPEN_S = 0.5
"""Lids that stay between both levels for so long have not been closed since they came there."""

FLICKER_S = 0.5
"""Eyes that are out of sight for less, and closed before and after, were closed all the time."""

BRIEF_DIP_S = 0.6
"""A head that is up again so soon was a bump in the road, and no glance."""


HIDDEN_S = 2.0
"""Eyes that a face has not shown for so long, as behind dark lenses, must be seen open before they can close:
lids that flash up from behind a lens look shut."""

SHOWN_S = 0.5
"""So long they must be seen open without a break."""

BELIEVED_S = 6.0
"""Closed eyes that have been seen for so long without a break are believed anyway."""


@dataclass(slots=True)
class _Memory:
    """Numbers to be kept.

    Attributes:
        seen_t: eyes last judged.
        coarsest_s: longest frame interval of the present closure.
        hidden_s: how long a face that looks ahead has shown no eye since both were last seen open.
        hidden_t: the last such moment, `None` unless it was the one before this.
        lost_shut: whether lids that had been seen open were going down when they got out of sight: those
            that come back shut are no lens.
        shown_since: since when the eyes have been seen open without a break.

    """

    __pydantic_config__ = STRICT
    lids: Lasting = field(default_factory=Lasting)
    head: HeadDown = field(default_factory=HeadDown)
    glance: bool = False
    seen_t: float | None = None
    unseen_since: float | None = None
    kept: bool = False
    coarsest_s: float = 0.0
    hidden_s: float = 0.0
    hidden_t: float | None = None
    lost_shut: bool = False
    shown_since: float | None = None


class Closure(Remembering[_Memory]):
    """The timer of closed eyes."""

    def __init__(self, settings: DrowsinessSettings) -> None:
        super().__init__(_Memory())
        self._settings = settings
        self._limits = Limits(-settings.closed, -settings.open, settings.open_s, LID_TRAVEL_S, HALF_OPEN_S)

    @property
    def glancing(self) -> bool:
        """Whether the lids are down because the head is."""
        return self._memory.glance

    def doubted(self, t: float) -> bool:
        """Whether closed eyes may be a lens: they were hidden before, and have not been seen open since."""
        memory = self._memory
        return (
            memory.hidden_s >= HIDDEN_S
            and memory.lids.since is not None
            and not memory.kept
            and t - memory.lids.since < BELIEVED_S
        )

    def closed_s(self, t: float) -> float | None:
        """Return how long the eyes have been closed at `t`, 0 while open, `None` if that can't be told."""
        memory = self._memory
        if self.doubted(t):
            return None
        if memory.unseen_since is None:
            if memory.seen_t is None:
                return None
            return 0.0 if memory.glance else memory.lids.held_s(t)
        return memory.lids.held_s(t) if memory.kept else None

    def seen_closed(self, t: float) -> Span | None:
        """Return since when the eyes have been seen closed without a break until `t`."""
        memory = self._memory
        if memory.lids.since is None or memory.glance or memory.unseen_since is not None or self.doubted(t):
            return None
        return Span(memory.lids.since, t if memory.lids.until is None else memory.lids.until)

    def see(self, t: float, openness: float, pitch: float | None) -> Span | None:
        """Take in eyes that can be judged; return the closure that has ended, if it was seen to.

        Args:
            t: seconds.
            openness: 0 shut to 1 open.
            pitch: of the head, degrees up; `None` where not measured.

        """
        memory = self._memory
        if pitch is not None:
            memory.head.step(t, pitch, self._settings.down_deg)
        interval_s = FLICKER_S if memory.seen_t is None else t - memory.seen_t
        self._come_back(t)
        was_closed = memory.lids.since is not None
        uncounted = memory.glance or self.doubted(t)
        ended = memory.lids.step(t, -openness, self._limits)
        memory.coarsest_s = max(memory.coarsest_s, interval_s) if was_closed else interval_s
        memory.seen_t = t
        self._guard(t)
        self._note_shown(t)
        return None if uncounted else ended

    def lose(self, t: float, kept_after_s: float, *, hidden: bool = False) -> None:
        """Note that no eye can be judged at `t`; a closure older than `kept_after_s` goes on.

        `hidden` says that a face is there which looks ahead.
        """
        memory = self._memory
        lids = memory.lids
        doubted = self.doubted(t)
        if memory.unseen_since is None:
            # after a silence they have been out of sight since before it
            seen_t = t if memory.seen_t is None else memory.seen_t
            lost_t = seen_t if t - seen_t > FLICKER_S else t
            memory.unseen_since = lost_t
            memory.lost_shut = lids.since is not None and memory.hidden_s == 0.0
            first_s = max(kept_after_s, self._settings.down_before_s)
            running = lids.since is not None and lids.until is None and not (memory.glance or doubted)
            memory.kept = running and lost_t - (lids.since or 0.0) >= first_s
        elif not memory.kept and t - memory.unseen_since > FLICKER_S:
            lids.forget()
            memory.glance = False
        self._note_hidden(t, hidden=hidden and not (memory.kept or memory.lost_shut))

    def finely_seen(self, fps: float) -> bool:
        """Whether frames came at `fps` at least, all through the last closure."""
        # capture times jitter
        return self._memory.coarsest_s * fps <= 1.1

    def _note_hidden(self, t: float, *, hidden: bool) -> None:
        memory = self._memory
        memory.shown_since = None
        if hidden and memory.hidden_t is not None:
            memory.hidden_s += min(t - memory.hidden_t, FLICKER_S)
        memory.hidden_t = t if hidden else None

    def _note_shown(self, t: float) -> None:
        memory = self._memory
        memory.hidden_t = None
        if memory.lids.since is not None:
            memory.shown_since = None
            return
        if memory.shown_since is None:
            memory.shown_since = t
        if t - memory.shown_since >= SHOWN_S:
            memory.hidden_s = 0.0

    def _come_back(self, t: float) -> None:
        memory = self._memory
        if memory.unseen_since is None:
            return
        if t - memory.unseen_since > FLICKER_S:
            memory.lids.last = None
            if not memory.kept:
                memory.lids.forget()
                memory.glance = False
        memory.unseen_since, memory.kept = None, False

    def _guard(self, t: float) -> None:
        memory, settings = self._memory, self._settings
        lids, head = memory.lids, memory.head
        if lids.since is None:
            memory.glance = False
        elif memory.glance and head.is_up(settings.down_deg):
            memory.glance = False
            if head.down_t is not None and t - head.down_t > BRIEF_DIP_S:
                lids.since = t
        elif not memory.glance and head.down_t is not None and not head.is_up(settings.down_deg):
            after_s = lids.since - head.down_t
            memory.glance = -settings.down_before_s <= after_s <= settings.down_after_s
