"""What is said of a run: overview, activity, stories, landing, timeline, places in time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.item_state import Counts
from prodigy_tui.events.pace import Stop
from prodigy_tui.events.schema import (
    AgentStarted,
    Envelope,
    GateOpened,
    ItemDeadLettered,
    LandingFinished,
    RetryScheduled,
)
from prodigy_tui.events.spending import Awaiting, Spending
from prodigy_tui.events.state import RunState
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.events.values import Usage
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.model.activity import describe
from prodigy_tui.tui.model.jump import parse_jump
from prodigy_tui.tui.model.landing import landing_facts, landing_tally
from prodigy_tui.tui.model.letters import item_story
from prodigy_tui.tui.model.line import Line, plain
from prodigy_tui.tui.model.output import OutputLog, absent_reason, stem_of
from prodigy_tui.tui.model.overview import Progress, badge, bottleneck, cost, left_s, progress, spent, tallies
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.text import clip_name
from prodigy_tui.tui.model.timeline import TimelinePicture
from tests.support.make import START, make_run
from tests.tui.scene import clock_at, index_of, until_gate, write_output

RUN = make_run(items=9, failing={2}, conflicting={5}, retried={7})


def page(lines: list[Line]) -> str:
    return "\n".join(plain(line) for line in lines)


def running() -> RunState:
    return fold(RUN[: index_of(RUN, AgentStarted) + 20])


# ---------------------------------------------------------------------------------------------------------- overview


def test_the_bottleneck_line_names_the_one_reason() -> None:
    now = START + timedelta(minutes=1)
    busy = running()

    assert "queued: all 3 slots are busy" in plain(bottleneck(busy, now))
    assert "paused" in plain(bottleneck(replace(busy, paused=True), now))
    limited = replace(busy, limited=HashTrieMap({"claude": now + timedelta(seconds=90)}))
    assert "claude is at its limit: its agents start again in 1m30" in plain(bottleneck(limited, now))
    assert "all 3 slots" in plain(bottleneck(limited, now + timedelta(seconds=91)))
    waits = Awaiting(step="map 0", phase="map", item_id="a", message="budget: 4.10 of 5.00 USD reserved")
    short = replace(busy, spending=Spending(waiting=HashTrieMap({"map 0 a": waits})))
    assert plain(bottleneck(short, now)) == "1 agent waits for the budget: 4.10 of 5.00 USD reserved"
    stopping = replace(busy, stop=Stop(kind="stop", message="stop asked by cli"))
    assert "stopping (stop asked by cli): 3 agents still at work" in plain(bottleneck(stopping, now))
    assert "waits for you" in plain(bottleneck(fold(until_gate()), now))
    assert plain(bottleneck(fold(until_gate()), now, past=True)) == "waited for an answer: land this run on main?"


def test_waiting_for_retries_alone_says_when_the_next_is_due() -> None:
    events = make_run(items=1, retried={1})
    waiting = fold(events[: index_of(events, RetryScheduled)])

    assert "1 retry due in 1s" in plain(bottleneck(waiting, waiting.last_at or START)).replace("2s", "1s")


def test_the_summary_names_the_next_command() -> None:
    unmerged = fold(make_run(items=2, answer="later"))
    landed = fold(make_run(items=2))
    failed = fold(RUN)

    assert "prodigy-tui merge modernise-260314-092653-q7xk" in plain(bottleneck(unmerged, START))
    assert "landed on main" in plain(bottleneck(landed, START))
    assert "undo: git reset --keep" in plain(bottleneck(landed, START))
    assert "2 dead letters → 4" in plain(bottleneck(failed, START))
    late = replace(failed, after_reduce=1)
    told = plain(bottleneck(late, START))
    assert told.index("dead letters") < told.index("reduce ran before"), "its end may find no room"


def test_a_run_that_has_ended_after_a_retry_is_in_no_phase() -> None:
    ended = fold(RUN)
    assert progress(ended).phase == "reduce"
    assert progress(replace(ended, phase="map")).phase == ""
    assert progress(replace(ended, phase="map", ended_at=None)).phase == "map"


def test_a_landing_that_met_something_in_the_way_says_what_to_do() -> None:
    end = fold(make_run(items=2, answer="later"))
    conflict = LandingFinished(status="conflict", target="main", message="main conflicts with the run in x")
    refused = LandingFinished(status="refused", target="main", message="files would be overwritten", paths=("my x",))

    clash = replace(end, landing=conflict, status="waiting", message=conflict.message)
    blocked = replace(end, landing=refused, status="waiting", message=refused.message)

    assert plain(bottleneck(clash, START)).startswith("not landed: main conflicts with the run in x  merge it by hand")
    row = Row("phase", "merge")
    said = absent_reason(row, clash, OutputLog(None, stem_of(row, clash)))
    assert said[-2:] == [
        "git -C /home/ada/shop merge prodigy/modernise-260314-092653-q7xk",
        "prodigy-tui merge modernise-260314-092653-q7xk",
    ]
    assert "stash push --all -- 'my x'" in plain(bottleneck(blocked, START))


def test_the_merge_row_tells_how_the_run_landed() -> None:
    landed = fold(make_run(items=2))
    row = Row("phase", "merge")
    assert landed.landing is not None

    said = absent_reason(row, landed, OutputLog(None, stem_of(row, landed)))

    assert said[0] == f"landed on main at {landed.landing.commit[:10]}"
    assert said[-1] == landed.landing.undo
    assert "git reset --keep" in said[-1]


def test_progress_counts_items_and_before_them_steps() -> None:
    assert (progress(fold(RUN)).done, progress(fold(RUN)).total) == (9, 9)
    assert progress(fold(RUN[:4])).total == 2


def test_all_of_it_is_done_only_when_nothing_is_left() -> None:
    said = [Progress(done=done, total=200, phase="map").percent for done in (0, 1, 199, 200)]

    assert said == ["0%", "0%", "99%", "100%"]


def test_the_time_left_is_said_only_when_it_can_be_known() -> None:
    halfway = fold(RUN[: len(RUN) * 2 // 3])

    assert left_s(running(), START) is None
    assert (left_s(halfway, halfway.last_at or START) or 0) > 0
    assert left_s(fold(RUN), START) is None


def test_the_time_in_which_a_person_is_waited_for_is_no_part_of_the_pace() -> None:
    asked = replace(fold(RUN[: len(RUN) * 2 // 3]), status="waiting")
    at = asked.last_at or START

    assert left_s(asked, at + timedelta(hours=1)) == left_s(asked, at)
    waited = replace(asked, status="running", last_at=at + timedelta(hours=1), idle_s=asked.idle_s + 3600)
    assert left_s(waited, at + timedelta(hours=1)) == pytest.approx(left_s(asked, at))


def test_the_badge_tells_what_the_run_is_doing() -> None:
    assert badge(running(), past=False)[0] == "● LIVE"
    assert badge(running(), past=True)[0] == "◀◀ REPLAY"
    assert badge(fold(RUN), past=False) == ("FAILED", "error")
    assert badge(fold(until_gate()), past=False)[0] == "! WAITS FOR YOU"


def test_tallies_leave_out_what_is_empty() -> None:
    state = replace(RunState(), counts=Counts(running=2, dead=1))

    assert [(look.letter, number) for look, number in tallies(state)] == [("X", 1), ("R", 2)]


# ------------------------------------------------------------------------------------------------- lines of the fleet


def test_a_path_that_is_too_long_keeps_its_end() -> None:
    assert clip_name("textual/drivers/linux_driver.py", 18) == "…s/linux_driver.py"
    assert clip_name("a sentence that is too long", 10) == "a sentenc…"


# ----------------------------------------------------------------------------------------------------------- activity


def told(envelopes: tuple[Envelope, ...]) -> list[str]:
    state = fold(envelopes)
    lines = (describe(envelope, state) for envelope in envelopes)
    return [f"{line.who} {line.text}" for line in lines if line is not None]


def test_a_run_reads_as_a_story() -> None:
    lines = told(RUN)

    assert lines[0] == "run run of modernise begins from main"
    assert "run 9 items to do" in lines
    assert "a001 dead letter: pytest -q failed with exit code 1" in lines
    assert "a004 merge conflict in src/shared.py" in lines
    assert "a006 will be tried again" in lines
    assert lines[-1] == "run run failed: 2 of 9 items failed"


def test_an_agent_cannot_write_control_characters_into_the_activity() -> None:
    events = make_run(items=1)
    seq = next(n for n, envelope in enumerate(events) if type(envelope.event).__name__ == "AgentMessage")
    evil = replace(events[seq], event=replace(events[seq].event, text="\x1b[2J\x07[red]x[/]"))

    line = describe(evil, fold(events))

    assert line is not None
    assert line.text == "said: ␇[red]x[/]"


# ----------------------------------------------------------------------------------------------- stories and landing


def test_the_story_of_a_dead_letter_holds_every_attempt() -> None:
    state = fold(make_run(items=3, failing={2}, retried={3}))

    story = page(item_story("item-2", state, START, UTC))
    assert "† dead-lettered" in story
    assert "pytest -q failed with exit code 1" in story
    assert "│ 1 failed, 11 passed in 0.61s" in story
    assert "prodigy/q7xk/item-2/1" in story
    again = page(item_story("item-3", state, START, UTC))
    assert again.index("try 2") < again.index("try 1")
    assert page(item_story("nobody", state, START, UTC)) == "no such item at this moment"


def test_the_landing_tells_what_comes_and_what_is_left_out() -> None:
    events = make_run(items=4, failing={2, 3})
    state = fold(events)
    gate = next(e.event for e in until_gate() if isinstance(e.event, GateOpened))
    asked = replace(state, gate=gate)

    facts = page(landing_facts(asked))

    assert "4 commits, 4 files  +48 −12" in facts
    assert plain(landing_tally(asked)) == "✓ 2 of 4 items merged   † 2 items left out"
    assert "† 2 items left out" in facts
    assert "item-3  pytest -q failed" in facts
    assert "strategy  merge commit;" in facts
    solved = replace(asked, gate=replace(gate, strategy="rebase", detail="an agent solved [a]"))
    assert "strategy  commit after commit;" in page(landing_facts(solved))
    assert "conflict  an agent solved [a]" in page(landing_facts(solved))
    assert page(landing_facts(state)) == "nothing waits to be merged"


# ------------------------------------------------------------------------------------------------------------- output


def test_a_log_is_cut_at_the_moment_shown(tmp_path: Path) -> None:
    write_output(tmp_path, "items/item-1/1", RUN, [f"line {n}" for n in range(10)])
    log = OutputLog(tmp_path, "items/item-1/1")

    log.refresh(RUN[0].at + timedelta(seconds=4.5))
    assert log.lines(0, log.count) == ["line 0", "line 1", "line 2", "line 3", "line 4"]
    assert log.refresh(None)
    assert log.count == 10
    assert not log.refresh(None)


def test_a_missing_log_is_said_and_the_tail_of_the_failure_shown(tmp_path: Path) -> None:
    state = fold(RUN)
    row = Row("item", "item-2")
    log = OutputLog(tmp_path, stem_of(row, state))

    said = absent_reason(row, state, log)

    assert log.missing
    assert said[0] == "the output file items/item-2/1.log is not here"
    assert said[-1] == "1 failed, 11 passed in 0.61s"


def test_every_row_knows_its_output() -> None:
    state = fold(RUN)

    assert stem_of(Row("item", "item-7"), state) == "items/item-7/2"
    assert stem_of(Row("phase", "setup"), state) == "phases/setup"
    assert stem_of(Row("fold", "done"), state) == ""
    assert stem_of(Row("item", "item-1"), fold(RUN[:8])) == ""


# ------------------------------------------------------------------------------------------------------------- replay


def test_the_timeline_puts_marks_and_playhead_in_proportion() -> None:
    feed = ReplayFeed(Timeline(RUN), clock=clock_at(RUN))
    picture = TimelinePicture(feed.timeline, feed.start, feed.end, 60)

    assert len(picture.bars) == len(picture.marks) == 60
    assert (picture.column(feed.start), picture.column(feed.end)) == (0, 59)
    for column in range(60):
        assert picture.column(picture.moment(column)) == column
    dead = RUN[index_of(RUN, ItemDeadLettered) - 1]
    assert picture.marks[picture.column(dead.at)][0] == "†"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("@#611", 611),
        ("@09:30", datetime(2026, 3, 14, 9, 30, tzinfo=UTC)),
        ("@09:26:53", START),
        ("@08:00", datetime(2026, 3, 15, 8, 0, tzinfo=UTC)),
        ("@+5m", START + timedelta(minutes=15)),
        ("@-30s", START + timedelta(minutes=9, seconds=30)),
    ],
)
def test_places_in_time_as_people_type_them(typed: str, place: int | datetime) -> None:
    assert parse_jump(typed, START + timedelta(minutes=10), START, UTC) == place


@pytest.mark.parametrize("typed", ["@", "@nonsense", "@25:00", "@12:61"])
def test_what_is_no_place_is_answered_in_words(typed: str) -> None:
    assert isinstance(parse_jump(typed, START, START, UTC), str)


def test_what_was_used_is_shown_and_an_unknown_price_only_where_something_was_used() -> None:
    state = fold(RUN)
    assert spent(state).endswith(f" tok · {cost(state)}")
    assert spent(replace(state, usage=replace(state.usage, usd=None))).endswith(" tok · cost unknown")
    assert spent(replace(state, usage=Usage())) == ""


def test_the_cost_is_shown_with_what_the_run_may_cost() -> None:
    spent = replace(running(), usage=Usage(usd=1.5))

    assert cost(spent) == "$1.50"
    assert cost(replace(spent, spending=Spending(usd=1000.0))) == "$1.50 of $1,000.00"
