"""Runs in lists: order, filters, the inbox, reports and lanes as lines; pure models, without a terminal."""

import unicodedata
from datetime import UTC, timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from prodigy_tui.cli.run_summaries import summary_of
from prodigy_tui.events.evolve import fold
from prodigy_tui.report.compare import compare
from prodigy_tui.report.measure import measure
from prodigy_tui.tui.model.filter_parsing import parse_filter
from prodigy_tui.tui.model.filtering import FilterWrong
from prodigy_tui.tui.model.history import GRAMMAR, SORTS, arranged, run_facts, run_line, runs_heading
from prodigy_tui.tui.model.home import (
    home_runs,
    home_title,
    inbox,
    inbox_heading,
    named_alike,
    plan_lines,
    wait_facts,
    wait_line,
    workflow_facts,
    workflow_line,
)
from prodigy_tui.tui.model.lanes import LABEL, Lanes
from prodigy_tui.tui.model.line import Line, cells, plain
from prodigy_tui.tui.model.recorded import Found, PlannedRun, RunSummary, Wait, WorkflowFound
from prodigy_tui.tui.model.reporting import comparison_lines, report_lines, taken_over
from tests.hostile.corpus import TEXTS
from tests.support.make import START, make_run
from tests.tui.scene import until_gate

NOW = START + timedelta(hours=2)
FAILED = make_run(items=40, failing=range(3, 40, 4), conflicting={10}, max_parallel=8)
WIDTHS = (58, 66, 92, 198)


def harmless(line: Line) -> bool:
    """Whether there is nothing in a line that a terminal would act on."""
    return not any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in plain(line))


def a_run(name: str, *, minutes: int = 0, **more: object) -> RunSummary:
    begun = START + timedelta(minutes=minutes)
    return RunSummary(run_id=name, workflow=name, status="succeeded", started_at=begun, ended_at=begun, **more)  # type: ignore[arg-type]  # one value each


RUNS = (
    a_run("new", minutes=50, usd=1.0, took_s=10, succeeded=3, total=3),
    a_run("dear", minutes=30, usd=9.0, took_s=90, dead=4, failed=4, total=9),
    RunSummary(run_id="live", workflow="live", status="running", live=True, started_at=START, total=9),
)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("newest", ["live", "new", "dear"]),
        ("oldest", ["live", "dear", "new"]),
        ("name", ["dear", "live", "new"]),
        ("cost", ["dear", "new", "live"]),
        ("time", ["dear", "new", "live"]),
        ("failures", ["dear", "new", "live"]),
        ("state", ["live", "new", "dear"]),
    ],
)
def test_runs_stand_in_the_order_that_is_asked_for(sort: str, names: list[str]) -> None:
    assert sort in SORTS
    assert [run.run_id for run in arranged(RUNS, parse_filter("", GRAMMAR), sort, NOW)] == names  # type: ignore[arg-type]  # checked above


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("state:running", ["live"]),
        ("!state:running cost>=2", ["dear"]),
        ("dead>0", ["dear"]),
        ("age<80m", ["new"]),
        ("took<1m state:succeeded", ["new"]),
        ("~^de~", ["dear"]),
        ("nothing-like-it", []),
    ],
)
def test_a_filter_asks_runs_in_the_usual_grammar(text: str, names: list[str]) -> None:
    assert [run.run_id for run in arranged(RUNS, parse_filter(text, GRAMMAR), "newest", NOW)] == names


def test_a_field_that_runs_do_not_have_is_refused() -> None:
    with pytest.raises(FilterWrong, match="no field 'tries'"):
        parse_filter("tries>1", GRAMMAR)


def test_the_inbox_has_what_waits_in_any_run_oldest_first() -> None:
    asked = summary_of(fold(until_gate()), live=True)
    dead = summary_of(fold(FAILED), live=False)
    found = inbox((asked, dead))

    assert {wait.kind for wait in found} == {"landing", "dead", *({wait.kind for wait in dead.waits})}
    times = [wait.since for wait in found if wait.since is not None]
    assert all(one <= other for one, other in pairwise(times))
    landing = next(wait for wait in found if wait.kind == "landing")
    assert landing.live
    assert asked.run_id in landing.command


def test_runs_that_are_called_the_same_are_told_apart_in_the_inbox() -> None:
    one, other = (Wait(run_id=f"demo-{end}", kind="dead", text="x", since=NOW, name="demo") for end in ("aaaa", "bbbb"))
    assert named_alike((one, one)) == frozenset()
    assert named_alike((one, other)) == {"demo"}
    assert "demo aaaa" in plain(wait_line(one, 80, NOW, alike=True))
    assert "aaaa" not in plain(wait_line(one, 80, NOW))


def test_a_run_that_ended_without_landing_waits_and_says_the_command() -> None:
    events = until_gate()
    state = fold(events)
    ended = replace(
        state, gates=state.gates.remove(next(iter(state.gates))), gate=None, status="succeeded", ended_at=state.last_at
    )
    waits = summary_of(ended, live=False).waits

    assert [(wait.kind, wait.command) for wait in waits] == [("unmerged", f"prodigy-tui merge {state.run_id}")]


def test_a_run_that_has_ended_is_not_at_work_although_its_process_still_shows_it() -> None:
    ended = summary_of(fold(FAILED), live=False, held=True)
    dead = next(wait for wait in ended.waits if wait.kind == "dead")

    assert not ended.live
    assert dead.live, "it can be decided there"
    told = "\n".join(plain(line) for line in wait_facts(dead, NOW))
    assert "ended, and still open" in told
    assert "at work now" not in told
    assert dead.command == f"prodigy-tui dlq retry {ended.run_id} --all --reduce", "reduce has run without it"


def test_home_leaves_out_runs_that_others_have_called_and_has_live_ones_first() -> None:
    called = RunSummary(run_id="x.1", status="succeeded", caller="x")
    assert [run.run_id for run in home_runs((RUNS[0], called, RUNS[2]))] == ["live", "new"]


def test_the_title_says_what_is_live_and_what_waits() -> None:
    waiting = RunSummary(
        run_id="r", status="waiting", live=True, waits=(Wait(run_id="r", kind="landing", text="?", since=NOW),)
    )
    text = plain(home_title(Found(place="~/shop", runs=(waiting,))))
    assert "~/shop" in text
    assert "1 live" in text
    assert "1 decision waits" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_names_stay_in_their_columns(width: int) -> None:
    for text in TEXTS.values():
        check_names(text[:400], width)


def check_names(text: str, width: int) -> None:
    """Everything that is named by a text is as wide as asked, and printable."""
    wait = Wait(run_id=text, kind="dead", text=text, since=NOW, detail=text, command=text)
    run = RunSummary(
        run_id="r", status="failed", workflow=text, label=text, message=text, started_at=START, total=3, dead=1,
        usd=2.5, outcome="unmerged", target=text, waits=(wait,), commands=(text,), repository=text,
    )  # fmt: skip
    workflow = WorkflowFound(path=text, name=text, where="here", description=text)
    lines = [
        run_line(run, width, NOW),
        run_line(run, width, NOW, marked=True),
        runs_heading(width),
        wait_line(wait, width, NOW),
        inbox_heading(width),
        workflow_line(workflow, width),
    ]
    assert {cells(line) for line in lines} <= set(range(width - 1, width + 1))
    told = [
        *lines,
        *run_facts(run, NOW, UTC),
        *wait_facts(wait, NOW),
        *workflow_facts(workflow),
        *plan_lines(PlannedRun(path=text, lines=(text,), problem=text, command=text)),
    ]
    assert all(map(harmless, told))


def test_a_live_run_shows_how_far_it_is() -> None:
    state = fold(FAILED[: len(FAILED) // 2])
    line = plain(run_line(summary_of(state, live=True), 116, NOW))
    assert "running" in line
    assert f"{state.counts.finished}/{state.counts.total}" in line
    assert "█" in line


# ---------------------------------------------------------------------------------------------------------- reports


@pytest.mark.parametrize("width", [58, 78, 116, 198])
def test_charts_are_never_wider_than_asked(width: int) -> None:
    lines = report_lines(measure(FAILED), width)
    charts = lines[: next(number for number, line in enumerate(lines) if plain(line) == "ITEMS")]
    wide = [plain(line) for line in charts if any(sign in plain(line) for sign in "█▓▒░") and cells(line) > width]
    assert [line for line in wide if "█ succeeded" not in line and " 98 %" not in line] == []


def test_a_report_names_bottleneck_phases_steps_costs_and_items() -> None:
    report = measure(FAILED)
    text = "\n".join(plain(line) for line in report_lines(report, 116))
    assert report.bottleneck is not None
    for word in (
        report.bottleneck.text,
        "Phases",
        "Items over time",
        "make the change",
        "p95",
        "Cost by step",
        "item-10",
    ):
        assert word in text


def test_a_report_of_the_first_event_and_of_nothing_is_told() -> None:
    assert plain(report_lines(measure(()), 80)[0]) == "nothing has happened yet"
    assert report_lines(measure(FAILED[:1], live=True), 80)


def test_names_in_reports_and_comparisons_are_harmless() -> None:
    report = measure(FAILED)
    steps = tuple(replace(report.steps[1], label=text[:300], failed=1) for text in TEXTS.values())
    items = tuple(
        replace(item, label=text[:300], failure=text[:300])
        for item, text in zip(report.item_reports, TEXTS.values(), strict=False)
    )
    for text in (TEXTS["markup"], "\x1b[31m\u202e\n"):
        named = replace(report, run_id=text, workflow=text, message=text, steps=steps, item_reports=items)
        lines = [*report_lines(named, 100), *comparison_lines(compare(named, report), 100)]
        assert all(map(harmless, lines))
    assert taken_over(()) == ()


def test_two_runs_are_held_against_each_other_item_by_item() -> None:
    good = measure(make_run(items=40, max_parallel=8))
    text = "\n".join(plain(line) for line in comparison_lines(compare(measure(FAILED), good), 100))
    assert "better" in text
    assert "driven time" in text
    assert "item-3" in text


# ------------------------------------------------------------------------------------------------------------ lanes


def lanes_of(width: int = 100) -> tuple[Lanes, list[str]]:
    report = measure(FAILED)
    lanes = Lanes()
    lanes.show(report.timeline, report.driven_s)
    return lanes, [plain(lanes.line(row, width)) for row in range(lanes.count)]


def test_there_is_a_lane_for_each_worktree_in_the_width() -> None:
    _, drawn = lanes_of()
    assert len(drawn) == 8
    assert {len(line) for line in drawn} == {100}
    assert sum(line.count("✗") for line in drawn) == 10


def test_the_cursor_goes_along_a_lane_and_to_others_at_the_same_time() -> None:
    lanes, _ = lanes_of()
    lanes.edge(-1)
    first = lanes.current
    lanes.move_in_time(2)
    third = lanes.current
    lanes.move_lane(1)
    other = lanes.current
    assert first is not None and third is not None and other is not None
    assert first.started_s < third.started_s
    assert other.slot != third.slot
    assert other.started_s <= third.started_s
    assert sum(role == "badge" for _, role in lanes.line(lanes.row, 100)) >= 1


def test_zoom_keeps_the_cursor_in_view_and_ends_at_both_sides() -> None:
    lanes, _ = lanes_of()
    lanes.edge(-1)
    lanes.move_in_time(1)
    for _ in range(20):
        lanes.change_zoom(1)
        start, end = lanes.window
        chosen = lanes.current
        assert chosen is not None
        assert start <= chosen.started_s <= end
    assert lanes.zoom < 200
    for _ in range(20):
        lanes.change_zoom(-1)
    assert lanes.zoom == 1
    assert lanes.window == (0.0, measure(FAILED).driven_s)


def test_moving_while_zoomed_shows_the_attempt() -> None:
    lanes, _ = lanes_of()
    for _ in range(4):
        lanes.change_zoom(1)
    for steps in (-3, 1, 1, -10, 10):
        lanes.move_in_time(steps)
        start, end = lanes.window
        chosen = lanes.current
        assert chosen is not None and start <= chosen.started_s <= end


def test_the_cursor_stays_on_its_attempt_while_the_run_goes_on() -> None:
    half = measure(FAILED[: len(FAILED) // 2], live=True)
    lanes = Lanes()
    lanes.show(half.timeline, half.driven_s)
    lanes.edge(-1)
    before = lanes.current
    whole = measure(FAILED)
    lanes.show(whole.timeline, whole.driven_s)
    after = lanes.current
    assert before is not None and after is not None
    assert (before.item_id, before.attempt) == (after.item_id, after.attempt)


def test_a_click_puts_the_cursor_on_what_is_drawn_there() -> None:
    lanes, drawn = lanes_of()
    assert lanes.at(2, drawn[2].index("✗"), 100)
    chosen = lanes.current
    assert chosen is not None
    assert (chosen.slot, chosen.outcome) == (2, "failed")
    assert not lanes.at(99, LABEL, 100)


def test_without_agents_there_is_nothing_to_draw() -> None:
    lanes = Lanes()
    lanes.show((), 0.0)
    lanes.change_zoom(1)
    lanes.move_lane(1)
    lanes.move_in_time(1)
    assert lanes.count == 0
    assert "no agent" in plain(lanes.caption({}))
    assert lanes.axis(40)
