"""Patterns of dead letters: kept as events come they are those of a plain reckoning; what is said of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.fingerprint import Fingerprint, fingerprint
from prodigy_tui.events.schema import (
    ItemDeadLettered,
    MergeFinished,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from prodigy_tui.tui.model.activity import item_of
from prodigy_tui.tui.model.grouping import JOIN, SPLIT, Grouped, choices_about
from prodigy_tui.tui.model.letter_report import item_report, pattern_report
from prodigy_tui.tui.model.line import cells, plain
from prodigy_tui.tui.model.missing import missing_thing
from prodigy_tui.tui.model.parting import GRACE_S, Partings
from prodigy_tui.tui.model.pattern_lines import pattern_facts, pattern_line, pattern_title, sparkline
from prodigy_tui.tui.model.patterns import EVERYTHING, Pattern, Patterns
from prodigy_tui.tui.model.retrying import RetryPlan, choices, estimate, parameter, plan_lines
from tests.support.make import START, make_run

RUN = make_run(items=14, failing=(2, 3, 5, 8, 11), conflicting={4, 9}, retried={6})
OVER = fold(RUN)
MESSAGES = ("fixture 'db_url' not found", "timeout after 30 s", "no such table 17", "")


def failing(*messages: str, kind: str = "exit") -> RunState:
    """Returns a run that is over, in which the dead letters say these things, in this order."""
    events = iter(messages)

    def said(event: object) -> object:
        if isinstance(event, ItemDeadLettered):
            message = next(events, messages[-1])
            return replace(event, failure=replace(event.failure, message=message, kind=kind))
        return event

    run = make_run(items=2 * len(messages) + 2, failing=range(2, 2 * len(messages) + 1, 2))
    return fold(replace(envelope, event=said(envelope.event)) for envelope in run)


def recorded(patterns: Patterns) -> list[tuple[str, Pattern]]:
    """Returns every line of the list with its pattern."""
    names = [name for line in range(len(patterns)) if (name := patterns.name_at(line)) is not None]
    assert [patterns.line_of(name) for name in names] == list(range(len(patterns)))
    return [(name, pattern) for name in names if (pattern := patterns.get(name)) is not None]


def rebuilt(state: RunState) -> Patterns:
    patterns = Patterns()
    patterns.rebuild(state)
    return patterns


def died(state: RunState, item_id: str, message: str, at: datetime) -> RunState:
    failure = Failure(kind="exit", step="pytest -q", exit_code=1, message=message)
    item = replace(state.items[item_id], status="dead", failure=failure, ended_at=at, merged=False)
    dead = state.dead_letters.insert(item_id, state.last_seq + 1)
    return replace(state, items=state.items.insert(item_id, item), dead_letters=dead, last_seq=state.last_seq + 1)


def left(state: RunState, item_id: str, *, merged: bool, at: datetime) -> RunState:
    item = replace(state.items[item_id], status="success", merged=merged, ended_at=at)
    return replace(state, items=state.items.insert(item_id, item), dead_letters=state.dead_letters.remove(item_id))


STEPS = st.lists(
    st.tuples(st.integers(1, 14), st.sampled_from(MESSAGES), st.booleans(), st.integers(0, 4000)), max_size=14
)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_patterns_kept_as_events_come_are_those_of_a_plain_reckoning(steps: list[tuple[int, str, bool, int]]) -> None:
    state, patterns = OVER, rebuilt(OVER)
    for number, message, merged, seconds in steps:
        item_id, at = f"item-{number}", START + timedelta(seconds=seconds)
        if item_id in state.dead_letters:
            state = left(state, item_id, merged=merged, at=at)
        else:
            state = died(state, item_id, message, at)
        patterns.touch(state, {item_id})

    plainly = rebuilt(state)
    assert recorded(patterns) == recorded(plainly)
    assert [patterns.turn(one) for _, one in recorded(patterns)] == [plainly.turn(one) for _, one in recorded(plainly)]
    alike: dict[str, set[str]] = {}
    for item_id in state.dead_letters:
        alike.setdefault(fingerprint(state.items[item_id].failure).id, set()).add(item_id)
    assert {
        name: {one for _, one in found.letters} for name, found in recorded(patterns) if name != EVERYTHING
    } == alike


def test_a_whole_log_taken_in_event_by_event_comes_to_the_same() -> None:
    state, patterns = RunState(), Patterns()
    for envelope in RUN:
        state = evolve(state, envelope)
        touched = item_of(envelope.event)
        patterns.touch(state, {touched} if touched is not None else set())

    assert recorded(patterns) == recorded(rebuilt(OVER))
    assert len(patterns.everything) == 7


def test_patterns_stand_in_the_order_of_count_and_recency() -> None:
    patterns = rebuilt(OVER)
    titles = [pattern_title(patterns.get(patterns.name_at(line))) for line in range(len(patterns) - 1)]  # type: ignore[arg-type]

    assert titles == ["pytest -q exit 1", "merge conflict in <path>"]
    assert patterns.name_at(len(patterns) - 1) == EVERYTHING


def test_what_most_of_them_lack_is_the_hint() -> None:
    state = failing(*["fixture 'db_url' not found in part 1"] * 3, "fixture 'tmp' not found in part 4", "timeout")
    patterns = rebuilt(state)
    told = "\n".join(plain(line) for line in pattern_facts(patterns.name_at(0), patterns, UTC))

    assert "hint: fixture db_url  in 3 of 4" in told
    assert "→ fix once, R retries 4" in told
    assert "4 items · 4 retryable" in told
    assert "all in step ‹pytest -q›" in told


def test_of_a_conflict_the_step_is_said_that_is_right() -> None:
    patterns = rebuilt(failing(*["PT640: merge conflict in GLOSSARY.md"] * 2, kind="merge"))

    def told(again: str | None = None) -> str:
        lines = pattern_facts(patterns.name_at(0), patterns, UTC, again=again)
        return "\n".join(plain(line) for line in lines)

    assert told().startswith("pytest -q exit 1 · merge conflict in <path>"), "the code says nothing to a person"
    assert "→ R tries again on top of what is merged by now" in told()
    assert "for good: merge: policies or conflict in the workflow" in told()
    assert "fix once" not in told()
    assert "→ prodigy-tui dlq retry x --all tries again" in told("prodigy-tui dlq retry x --all")
    assert "tries again" not in told(""), "in the past of a live run no key does it"


def test_a_merge_before_the_first_failure_is_named() -> None:
    events = make_run(items=12, failing=(9, 10, 11), max_parallel=2)
    patterns = rebuilt(fold(events))
    pattern = patterns.get(patterns.name_at(0))
    assert pattern is not None
    turn = patterns.turn(pattern)
    told = "\n".join(plain(line) for line in pattern_facts(pattern.id, patterns, UTC))

    merged = [envelope for envelope in events if isinstance(envelope.event, MergeFinished)]
    before = [one for one in merged if one.at < pattern.begun[0][0]]
    assert turn == (before[-1].event.item_id, len(before))  # type: ignore[union-attr]
    assert "started after merge a0" in told


def test_one_failure_alone_began_after_nothing() -> None:
    patterns = rebuilt(fold(make_run(items=12, failing={11}, max_parallel=1)))
    assert patterns.turn(patterns.everything) is None


def test_a_filter_keeps_only_what_it_admits() -> None:
    patterns = rebuilt(OVER)
    patterns.narrow(lambda item: item.failure is not None and item.failure.kind == "merge")

    assert len(patterns.everything) == 2
    assert len(patterns) == 1, "one pattern needs no line for all"
    patterns.narrow(None)
    assert len(patterns.everything) == 7


def test_lines_are_as_wide_as_told() -> None:
    patterns = rebuilt(failing("日本語" * 60, "x" * 900, "\x1b[31m[bold]y[/]", ""))
    now = START + timedelta(hours=1)
    for width in (30, 40, 60, 100):
        for line in range(len(patterns)):
            drawn = pattern_line(patterns.name_at(line) or "", patterns, now, width)
            assert cells(drawn) <= width
            assert "\x1b" not in plain(drawn)


def test_bars_show_where_most_came() -> None:
    assert sparkline([0, 1, 7, 14]) == "▁▂▅█"
    assert sparkline([0, 0]) == "▁▁"


def test_things_that_are_missing_are_found_in_messages_and_output() -> None:
    said = {
        "E  fixture 'db_url' not found": "fixture db_url",
        "ModuleNotFoundError: No module named 'yaml'": "module yaml",
        "sh: 1: ruff: not found": "command ruff",
        "bash: line 3: cargo: command not found": "command cargo",
        "NameError: name 'clock' is not defined": "name clock",
        "merge conflict in GLOSSARY.md": "conflict in GLOSSARY.md",
        "fatal: Could not resolve host: example.org": "host example.org",
        "all is well": "",
    }
    for text, thing in said.items():
        assert missing_thing(Failure(kind="exit", message=text)) == thing
        assert missing_thing(Failure(kind="exit", message="exit 1", tail=f"before\n{text}\nafter")) == thing
    assert missing_thing(None) == ""


def plan(state: RunState, **fields: object) -> RetryPlan:
    items = tuple(state.items[item_id] for item_id in sorted(state.dead_letters))
    return RetryPlan(what="all", items=items, parallel=3, wanted=3, **fields)  # type: ignore[arg-type]


def text_of(lines: Sequence[object]) -> str:
    return "\n".join(plain(line) for line in lines)  # type: ignore[arg-type]


def test_the_default_of_a_plan_is_one_item_and_that_is_the_chosen_one() -> None:
    asked = plan(OVER, first="item-5")

    assert asked.one is not None
    assert asked.one.item.id == "item-5"
    assert "one item first: a004 item-5" in text_of(choices(asked))
    assert "y all 7 at once" in text_of(choices(asked))


def test_a_plan_says_what_it_costs_by_past_tries() -> None:
    state = fold(make_run(items=4, failing=(2, 4)))
    found = estimate([state.items["item-2"], state.items["item-4"]], 1)

    assert found is not None
    assert found.tries == 2
    assert found.tokens == sum(
        item.usage.input_tokens + item.usage.output_tokens for item in (state.items["item-2"], state.items["item-4"])
    )
    assert "as in 2 past tries" in text_of(plan_lines(plan(state)))
    assert estimate([], 1) is None


def test_what_needs_a_look_stays_unless_it_is_forced() -> None:
    state = OVER
    hard = replace(state.items["item-2"], eligible=False)
    state = replace(state, items=state.items.insert("item-2", hard))
    asked = plan(state)

    assert len(asked.going) == 6
    assert "1 item that stay where they are" in text_of(plan_lines(asked))
    assert len(plan(state, forced=True).going) == 7
    alone = RetryPlan(what="", items=(hard,), parallel=3, wanted=3)
    assert alone.one is None
    assert "none of them is eligible" in text_of(choices(alone))


def test_parameters_are_names_with_values() -> None:
    assert parameter("depth = 3") == ("depth", "3")
    assert parameter("query=a=b") == ("query", "a=b")
    assert parameter("depth") is None
    assert parameter("=3") is None


def test_a_discard_can_be_taken_back_until_the_run_is_told() -> None:
    told: list[tuple[str, ...]] = []
    partings = Partings()
    first = partings.add(["a", "b"], 0.0, told.append)
    second = partings.add(["b", "c"], 4.0, told.append)
    assert first is not None
    assert second is not None
    assert second.items == ("c",)

    assert partings.take_back(second)
    assert "c" not in partings
    assert partings.left_s("a", 3.0) == GRACE_S - 3
    assert partings.tell_over(GRACE_S - 0.1) == 0
    assert partings.tell_over(GRACE_S) == 2
    assert told == [("a", "b")]
    assert not partings.take_back(first)
    partings.add(["d"], 20.0, told.append)
    partings.tell_all()
    assert told == [("a", "b"), ("d",)]


def test_reports_are_markdown_in_which_nothing_foreign_is_markup() -> None:
    state = failing("`x` [link](http://e) <b>\x1b[31m", "`x` [link](http://e) <b>")
    patterns = rebuilt(state)
    item = state.items["item-2"]
    hostile = replace(item, failure=replace(item.failure, tail="```\nout of the fence"))  # type: ignore[type-var]
    report = item_report(hostile, state, UTC)

    assert "\\`x\\` \\[link\\](http://e) \\<b\\>" in report
    assert "\x1b" not in report
    assert "````\n```\nout of the fence\n````" in report
    whole = pattern_report(patterns.everything, state, UTC)
    assert whole.startswith("# All dead letters\n\n2 items of run `modernise-")
    assert "- a001 item-2" in whole


def test_a_fingerprint_of_nothing_has_a_title() -> None:
    state = OVER
    patterns = rebuilt(state)
    pattern = patterns.everything
    pattern.prints.clear()
    pattern.prints[Fingerprint(id="0", step="", kind="", exit_code=None, message="")] = 1
    assert pattern_title(pattern) == "no reason is known"


def test_a_pattern_is_split_by_what_failures_say_and_two_are_joined() -> None:
    state = failing("no table 1", "no table 2", "fixture 'x' not found")
    patterns = rebuilt(state)
    tables, fixture = (patterns.name_at(line) for line in range(2))
    assert tables is not None
    assert fixture is not None

    patterns.group(Grouped({f"{SPLIT}{tables}": "table 2"}))
    assert [len(one) for _, one in recorded(patterns)] == [1, 1, 1, 3]
    part = patterns.pattern_of("item-4")
    assert part is not None
    assert patterns.words(part) == "table 2"
    assert "~table 2~" in plain(pattern_line(part, patterns, START + timedelta(hours=1), 60))
    assert choices_about(part, {f"{SPLIT}{tables}": "table 2"}) == [f"{SPLIT}{tables}"]

    patterns.group(Grouped({f"{JOIN}{fixture}": tables}))
    assert [len(one) for _, one in recorded(patterns)] == [3]
    patterns.group(Grouped({f"{JOIN}{fixture}": tables, f"{JOIN}{tables}": fixture, f"{SPLIT}{tables}": "(["}))
    assert len(patterns.everything) == 3, "what goes in a circle, or is no expression, loses nothing"
