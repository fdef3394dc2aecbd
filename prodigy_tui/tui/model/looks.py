"""How a state is shown: glyph, letter, word and role; never by colour alone."""

from msgspec import Struct

from prodigy_tui.events.item_state import ItemStatus
from prodigy_tui.tui.model.line import Role


class Look(Struct, frozen=True, kw_only=True):
    """The look of one state."""

    glyph: str
    letter: str
    word: str
    role: Role


WAITING = Look(glyph="!", letter="W", word="waits for you", role="warning")
STALLED = Look(glyph="◌", letter="Z", word="silent", role="warning")
RUNNING = Look(glyph="●", letter="R", word="running", role="success")
FAILED = Look(glyph="✗", letter="F", word="failed", role="error")
QUEUED = Look(glyph="·", letter="Q", word="queued", role="muted")
DONE = Look(glyph="✓", letter="D", word="done", role="muted")
DEAD = Look(glyph="†", letter="X", word="dead-lettered", role="error")
LEFT_OUT = Look(glyph="–", letter="C", word="left out", role="muted")
MERGING = Look(glyph="⇄", letter="M", word="merging", role="accent")

ITEM_LOOKS: dict[ItemStatus, Look] = {
    "pending": QUEUED,
    "running": RUNNING,
    "waiting": WAITING,
    "merging": MERGING,
    "failed": FAILED,
    "retrying": FAILED,
    "suspect": WAITING,
    "success": DONE,
    "dead": DEAD,
    "skipped": LEFT_OUT,
    "cancelled": LEFT_OUT,
}

STEP_LOOKS: dict[str, Look] = {
    "running": RUNNING,
    "ok": DONE,
    "recovered": DONE,
    "tolerated": DONE,
    "skipped": LEFT_OUT,
    "failed": FAILED,
    "cancelled": LEFT_OUT,
    "interrupted": STALLED,
}
