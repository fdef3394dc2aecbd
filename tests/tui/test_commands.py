"""What the palette finds: by subject, by words nearly right, by key, by agent; and what cannot be done comes last."""

from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.commands import AROUND, LATELY, NOTE, agents, command, found, keys_of_place
from tests.support.make import make_run

COMMANDS = [
    command("view.columns", "View: columns…", keys="C"),
    command("agent.stop", "Agents: stop gently what is marked, or selected", keys="x"),
    command("run.pause", "Run: pause, or go on", keys="p"),
    command("merge.open", "Decide: merge or answer", keys="m", reason="nothing waits for your answer"),
    command("agent.retry", "Retry what is marked, or selected", keys="r"),
]


def ids(text: str, *recent: str) -> list[str]:
    return [one.id for one in found(COMMANDS, text, recent=recent)]


def test_without_words_everything_is_listed_by_subject_and_what_cannot_be_done_last() -> None:
    assert ids("") == ["run.pause", "agent.stop", "agent.retry", "view.columns", "merge.open"]


def test_the_keys_of_a_place_begin_with_the_ways_around_and_end_with_what_no_key_does() -> None:
    ways = [command("leave", "Leave", keys="q"), command("screen.dlq", "Screen: Dead letter queue", keys="4")]
    shown = keys_of_place([*COMMANDS, *ways])

    assert [one.id for one in shown[:2]] == ["screen.dlq", "leave"]
    assert {one.group for one in shown[:2]} == {AROUND}
    assert shown[-1].id == NOTE
    assert len(shown) == len(COMMANDS) + 3


def test_what_was_used_lately_comes_first_as_its_own_group() -> None:
    first, second, *_ = found(COMMANDS, "", recent=["view.columns", "merge.open", "gone"])

    assert (first.id, first.group, first.words) == ("view.columns", LATELY, "View: columns…")
    assert second.id == "run.pause"
    assert ids("", "view.columns").count("view.columns") == 1
    assert ids("selected", "agent.retry")[0] == "agent.retry"


def test_words_are_found_in_any_order_and_nearly_right() -> None:
    assert ids("gently stop") == ["agent.stop"]
    assert ids("colums") == ["view.columns"]
    assert ids("agent ret") == ["agent.retry"]
    assert ids("merge") == ["merge.open"]
    assert ids("xylophone") == []


def test_a_key_finds_its_action() -> None:
    assert ids("C")[0] == "view.columns"


def test_captions_tell_the_subject() -> None:
    assert [(one.group, one.words[:5]) for one in COMMANDS] == [
        ("View", "colum"),
        ("Agent", "stop "),
        ("Run", "pause"),
        ("Merge", "merge"),
        ("Agent", "retry"),
    ]


def test_agents_are_found_by_position_and_by_name() -> None:
    state = RunState()
    for envelope in make_run(items=30):
        state = evolve(state, envelope)

    assert [one.words.split(" · ")[0] for one in agents(state, "a017")] == ["go to a017 item-18"]
    assert [one.id for one in agents(state, "17")] == ["go:item-18"]
    assert len(agents(state, "item")) == 6
    assert agents(state, "i") == agents(state, "nobody") == []
