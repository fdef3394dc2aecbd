"""A log that has been read before: what is known of it counts as long as the file says the same."""

from datetime import timedelta
from pathlib import Path

import pytest

from prodigy_tui.events import known as known_module
from prodigy_tui.events.codec import encode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.known import KnownLog, fold_again, read_again
from prodigy_tui.events.schema import Envelope, MergeStarted
from prodigy_tui.events.source import LogDamaged, read_events
from tests.support.make import make_envelope, make_run

RUN = make_run(items=6, failing=[3])
BEFORE = len(RUN) - 20


@pytest.fixture
def known(path: Path) -> KnownLog:
    path.write_bytes(b"".join(map(encode, RUN[:BEFORE])))
    return KnownLog.read(path)


def add(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def test_what_was_read_is_what_the_log_amounts_to(known: KnownLog, path: Path):
    assert known.events == tuple(read_events(path))
    assert known.state == fold(RUN[:BEFORE])


def test_only_what_has_come_since_is_read_and_folded(known: KnownLog, path: Path, monkeypatch: pytest.MonkeyPatch):
    add(path, b"".join(map(encode, RUN[BEFORE:])))
    folded = []
    monkeypatch.setattr(
        known_module, "fold", lambda events, start: [folded.append(len(events)), fold(events, start=start)][1]
    )

    events = read_again(path, known)
    state = fold_again(events, known)

    assert events == RUN
    assert all(one is other for one, other in zip(events, known.events, strict=False))
    assert folded == [20]
    assert state == fold(RUN)


def test_a_line_that_is_not_whole_belongs_to_neither_look(path: Path):
    lines = [encode(envelope) for envelope in RUN]
    path.write_bytes(b"".join(lines[:BEFORE]) + lines[BEFORE][:10])
    known = KnownLog.read(path)
    add(path, lines[BEFORE][10:])

    assert known.events == RUN[:BEFORE]
    assert read_again(path, known) == RUN[: BEFORE + 1]


@pytest.mark.parametrize("how", ["shorter", "longer", "of the same length"])
def test_a_log_that_says_something_else_by_now_is_read_anew(known: KnownLog, path: Path, how: str):
    first, *others = make_run(items=7, failing=[3])
    rewritten = Envelope(seq=1, at=first.at + timedelta(seconds=1), event=first.event)
    now = {
        "shorter": RUN[:5],
        "longer": (rewritten, *others),
        "of the same length": (rewritten, *RUN[1:BEFORE]),
    }[how]
    path.write_bytes(b"".join(map(encode, now)))

    assert not known.still_holds(path)
    events = read_again(path, known)
    assert events == now
    assert fold_again(events, known) == fold(now)


def test_a_log_that_makes_no_sense_is_damaged(path: Path):
    merge = next(envelope.event for envelope in RUN if isinstance(envelope.event, MergeStarted))
    path.write_bytes(b"".join(map(encode, (*RUN[:2], make_envelope(merge, 3)))))

    with pytest.raises(LogDamaged, match="line 3"):
        KnownLog.read(path)
