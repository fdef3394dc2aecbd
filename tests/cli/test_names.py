"""Items by label: where lines and lists name them, and where people do."""

import pytest

from prodigy_tui.cli.names import Names, NotTaken, find_item
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import Envelope, ItemsLoaded
from tests.support.make import make_run
from tests.support.project import Project


def labelled(envelopes: tuple[Envelope, ...], labels: dict[str, str]) -> tuple[Envelope, ...]:
    """The same run with other labels."""
    from msgspec.structs import replace

    def changed(envelope: Envelope) -> Envelope:
        if not isinstance(envelope.event, ItemsLoaded):
            return envelope
        items = tuple(replace(item, label=labels.get(item.id, "")) for item in envelope.event.items)
        return replace(envelope, event=replace(envelope.event, items=items))

    return tuple(map(changed, envelopes))


LABELS = {"item-1": "src/a.py", "item-2": "src/b.py", "item-3": "twin", "item-4": "twin"}
RUN = labelled(tuple(make_run(items=5, failing=[2, 3])), LABELS)
STATE = fold(RUN)


def test_items_are_called_by_their_label_unless_it_is_missing_or_shared() -> None:
    names = Names()
    for envelope in RUN:
        names.learn(envelope.event)

    assert [names(item_id) for item_id in STATE.order] == ["src/a.py", "src/b.py", "item-3", "item-4", "item-5"]
    assert [Names.of(STATE)(item_id) for item_id in STATE.order] == [names(item_id) for item_id in STATE.order]
    assert names("nobody") == "nobody"


@pytest.mark.parametrize("typed", ["item-2", "a1", "src/b.py"])
def test_item_is_found_by_id_position_and_label(typed: str) -> None:
    assert find_item(STATE, typed) == "item-2"


def test_label_of_several_items_names_none_of_them() -> None:
    with pytest.raises(NotTaken, match=r"2 items of run .* are called 'twin'; say which by its id: 'item-3', 'item-4'"):
        find_item(STATE, "twin")


def test_unknown_item_names_the_nearest() -> None:
    with pytest.raises(NotTaken, match=r"has no item 'src/x.py'; the nearest are 'src/[ab].py', "):
        find_item(STATE, "src/x.py")


@pytest.fixture
def recorded(project: Project) -> Project:
    project.record(RUN)
    return project


def test_lists_and_summaries_name_items_by_label_and_json_has_both(recorded: Project) -> None:
    assert "dead    src/b.py: " in recorded.call("runs", "show").out
    lines = recorded.call("dlq", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["ITEM", "src/b.py", "item-3"]
    first, _ = recorded.call("dlq", "list", "--json").json["entries"]
    assert (first["item_id"], first["label"]) == ("item-2", "src/b.py")


def test_dlq_show_takes_a_label_and_says_the_id(recorded: Project) -> None:
    lines = recorded.call("dlq", "show", "src/b.py").out.splitlines()

    assert lines[0].startswith("src/b.py dead")
    assert lines[1].split() == ["id", "item-2"]


def test_dlq_retry_speaks_of_items_by_label(recorded: Project) -> None:
    called = recorded.call("dlq", "retry", "src/a.py")

    assert called.code == 2
    assert "item 'src/a.py' is not in the dead letter queue" in called.err


def test_events_name_items_by_label_and_are_narrowed_by_it(recorded: Project) -> None:
    by_label = recorded.call("events", "--item", "src/b.py", "--since", "20")

    assert "src/b.py: " in by_label.out
    assert "item-2: " not in by_label.out
    for typed in ("item-2", "a1"):
        assert recorded.call("events", "--item", typed, "--since", "20").out == by_label.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--item", "src/bb.py"], "has no item 'src/bb.py'; the nearest are 'src/b.py'"),
        (["--type", "agent_finish"], "there is no event type 'agent_finish'; the nearest are 'agent_finished'"),
    ],
)
def test_events_of_what_is_not_there_name_the_nearest(recorded: Project, words: list[str], said: str) -> None:
    called = recorded.call("events", *words)

    assert (called.code, called.out) == (2, "")
    assert said in called.err
    assert len(called.err.splitlines()) == 1


def test_headless_lines_name_items_by_label_also_after_resume(project: Project) -> None:
    work = project.workflow(
        """
        name: named
        map:
          input: [{name: First thing, fine: "yes"}, {name: Second thing, fine: "no"}]
          agent_template:
            - shell: test ${item.fine} = yes
        """
    )
    first = project.call("run", work)
    assert "First thing: agent started" in first.err
    assert "Second thing: to the dead letter queue" in first.err

    again = project.call("dlq", "retry", "Second thing")

    assert "Second thing: agent started, attempt 2" in again.err
    assert "dead    Second thing: " in again.out
