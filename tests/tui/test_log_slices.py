"""How much is done between two looks at the clock, counted rather than timed: no log keeps the picture waiting."""

from datetime import timedelta
from pathlib import Path

import pytest

from prodigy_tui.storage import OutputReader, OutputWriter
from prodigy_tui.tui.model import log_picture, log_sweep
from prodigy_tui.tui.model.log_merged import MergedLog
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_query import Query, parse_query
from prodigy_tui.tui.model.log_source import BLOCK_BYTES
from prodigy_tui.tui.model.output import OutputLog
from tests.tui.logs import START, Lines

AT_ONCE = lambda: True  # noqa: E731


def query_of(text: str) -> Query:
    query = parse_query(text)
    assert query is not None
    return query


def log_of(folder: Path, text: str) -> LogPicture:
    """Returns a log that has been taken in."""
    with OutputWriter(folder / "log") as writer:
        writer.write(text, START)
    log = OutputLog(folder, "log")
    picture = LogPicture(log)
    while log.refresh(None) or log.more:
        picture.step(lambda: False)
    return picture


def test_coloured_lines_are_read_made_ready_and_searched_in_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lines = [f"\x1b[32m{n}\x1b[0m tok\x1b[1men{n % 7}\x1b[0m é" for n in range(8000)]
    picture = log_of(tmp_path, "\n".join(lines) + "\n")
    pages = sum(map(len, lines)) // BLOCK_BYTES + 2
    raw, calls = OutputLog.raw, []
    monkeypatch.setattr(OutputLog, "raw", lambda log, first, last: calls.append(first) or raw(log, first, last))
    monkeypatch.setattr(OutputLog, "texts", None)
    monkeypatch.setattr(log_sweep, "PATIENCE_S", 60.0)  # a busy machine must not make patterns look slow

    picture.expect_search()
    while picture.step(AT_ONCE):
        pass
    for typed, most in (("token3", pages), (r"~^\d+ token3\s~", 8 * pages), ("!~token[^3]~", 8 * pages)):
        picture.look_for(query_of(typed))
        slices = 1
        while picture.step(AT_ONCE):
            slices += 1
        assert picture.search is not None
        assert list(picture.search.hits) == list(range(3, 8000, 7))
        assert slices <= most + 1
    assert len(calls) <= pages + 3 * 2  # once each, but for the last, which may grow


def test_a_hostile_pattern_gets_one_look_more_and_is_given_up_and_not_marked():
    source = Lines("fine", *["a" * 60 + "b"] * 500)
    picture = LogPicture(source)
    picture.look_for(query_of("~^(a|aa)+$~"))
    slices = 1
    while picture.step(lambda: False):
        slices += 1

    assert picture.search is not None
    assert slices <= 6
    assert "takes too long" in picture.search.problem
    picture.rows(1, 80)


def test_what_takes_too_long_to_be_marked_is_tried_once(monkeypatch: pytest.MonkeyPatch):
    picture = LogPicture(Lines(*["a" * 60 + "b"] * 50))
    picture.look_for(query_of("~^(a|aa)+$~"))
    places, tried = Query.places, []
    monkeypatch.setattr(Query, "places", lambda query, text: tried.append(text) or places(query, text))
    for number in range(50):
        picture.rows(number, 80)

    assert len(tried) == 1


def test_a_line_of_a_megabyte_is_broken_once_and_drawn_as_far_as_it_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    picture = log_of(tmp_path, "before\n" + "wörd 漢字 " * 70_000 + "\nafter\n")
    made, wrapped = [], log_picture.wrapped
    monkeypatch.setattr(log_picture, "wrapped", lambda text, width: made.append(text) or wrapped(text, width))

    tall = picture.height(1, 80, wrap=True)
    whole = picture.rows(1, 80, wrap=True)
    part = picture.rows(1, 80, wrap=True, first=tall - 5, most=3)
    assert len(whole) == tall > 500
    assert part == whole[tall - 5 : tall - 2]
    assert len([text for text in made if len(text) > 1000]) == 1
    picture.height(1, 40, wrap=True)
    assert len([text for text in made if len(text) > 1000]) == 2


def test_many_logs_are_merged_piece_by_piece_in_the_order_of_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(6):
        with OutputWriter(tmp_path / f"s{number}") as writer:
            for second in range(40):
                text = "".join(f"{number} {second} {line}\n" for line in range(60))
                writer.write(text, START + timedelta(seconds=second, milliseconds=number))
    log = MergedLog(tmp_path, [(str(number), f"s{number}") for number in range(6)])
    raw, read = OutputReader.raw, []
    monkeypatch.setattr(OutputReader, "raw", lambda *of: read.append(of[2] - of[1]) or raw(*of))
    while True:
        before = log.count
        read.clear()
        log.refresh(None)
        assert log.count - before <= 500
        assert sum(read) <= 2 * 16 * 1024
        if not log.more:
            break

    times = log.times(log.first, log.count)
    assert len(times) == 6 * 40 * 60
    assert times == sorted(times)
