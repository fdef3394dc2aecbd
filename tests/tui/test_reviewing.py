"""What a review knows without any screen: its subject, whose turn it is, what speaks against it, what has been seen."""

from dataclasses import replace

from msgspec.structs import replace as replace_gate

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.changes import ClashingFile, Fit, Ground
from prodigy_tui.tui.model.landing import Terms, landed_lines, landing_facts, next_strategy
from prodigy_tui.tui.model.line import plain
from prodigy_tui.tui.model.reviewing import (
    Findings,
    Memory,
    Reviewed,
    Subject,
    against,
    is_viewed,
    next_review,
    reviewed,
    subject_of,
    waiting_reviews,
)
from prodigy_tui.tui.model.telling import check_glyphs, check_lines
from tests.support.make import make_run, oid
from tests.tui.changes import changed
from tests.tui.scene import until_gate
from tests.tui.test_questions import CANARY, at_work, suspected, with_more

CLEAN = Fit(onto="1", head="2")
TORN = Fit(onto="1", head="2", files=(ClashingFile(path="a"),))


def suspect() -> tuple[RunState, Reviewed]:
    item_id = at_work()
    state = fold(with_more(*suspected(item_id)))
    found = reviewed(state, Subject("gate", f"suspect:{item_id}"))
    assert found is not None
    return state, found


def landing() -> tuple[RunState, Reviewed]:
    state = fold(until_gate())
    found = reviewed(state, Subject("landing"))
    assert found is not None
    return state, found


def test_a_suspect_is_its_branch_onto_the_run_branch() -> None:
    state, found = suspect()

    assert (found.base, found.head, found.onto) == ("1" * 40, "2" * 40, state.tip)
    assert found.title.endswith("item-1")
    assert reviewed(state, Subject("gate", "gone")) is None
    assert reviewed(state, Subject("item", "item-6")) is None, "it has committed nothing"


def test_an_item_that_is_merged_is_merged_onto_nothing_any_more() -> None:
    found = reviewed(fold(make_run(items=2)), Subject("item", "item-1"))

    assert found is not None
    assert (found.onto, found.gate) == ("", None)


def test_questions_come_in_turn_and_those_without_a_change_are_none() -> None:
    item_id = at_work()
    state = fold(with_more(CANARY, *suspected(item_id)))

    assert waiting_reviews(state) == [f"suspect:{item_id}"], "this canary has no commit to look at"
    assert next_review(state, "landing") == f"suspect:{item_id}"
    assert next_review(state, f"suspect:{item_id}") is None


def test_what_speaks_against_a_suspect() -> None:
    _, found = suspect()

    assert against(found, found.head, Findings()) == "still checking whether it merges"
    assert against(found, found.head, Findings(fit=CLEAN)) == ""
    assert "conflicts with the run branch in 1 file" in against(found, found.head, Findings(fit=TORN))
    assert "it could not be checked" in against(found, found.head, Findings(failed="git is gone"))
    assert "N shows what is new" in against(found, "another", Findings(fit=CLEAN))
    assert against(replace(found, gate=None), found.head, Findings(fit=CLEAN)) != ""


def test_what_speaks_against_a_landing() -> None:
    state, found = landing()
    free, moved = Ground(target_at=oid(1), checkout="/shop"), Ground(target_at=oid(9), checkout="/shop")
    blocked = Ground(target_at=oid(1), checkout="/shop", in_the_way="files would be overwritten", paths=("a\x1b[2J",))

    assert against(found, found.head, Findings(ground=free)) == ""
    assert against(found, found.head, Findings(ground=moved)) == "", "it is checked again, and asked about again"
    assert against(found, found.head, Findings(ground=blocked)) == "files would be overwritten"
    told = [plain(line) for line in check_lines(found, state, Findings(ground=moved))]
    assert any("has moved" in line for line in told)
    assert "".join(mark for mark, _ in check_glyphs(check_lines(found, state, Findings(ground=blocked)))) == "·✗"


def test_what_is_asked_anew_is_the_same_to_a_reviewer() -> None:
    state, found = landing()
    assert found.gate is not None
    again = replace_gate(found.gate, gate="landing-2", head="5" * 40)

    assert subject_of(again) == subject_of(found.gate) == Subject("landing")
    item_id = at_work()
    first, second = (
        GateOpened(gate=name, kind="suspect", question="?", options=("accept",), item_id=item_id) for name in "ab"
    )
    assert subject_of(first) == subject_of(second) == Subject("item", item_id)
    assert subject_of(CANARY) == Subject("gate", "canary")
    assert reviewed(state, Subject("landing")) == found


def test_a_file_stays_viewed_as_long_as_it_holds_the_same() -> None:
    memory, subject = Memory(), Subject("item", "a")
    first, same, other = (changed("b", head, {"x": patch}) for head, patch in (("1", "+a"), ("1", "+a"), ("2", "+c")))
    looked = memory.look("run", subject, "1")
    looked.viewed["x"] = first.files[0].content

    assert is_viewed(memory.of("run", subject), same.files[0])
    assert not is_viewed(memory.of("run", subject), other.files[0])
    assert not is_viewed(memory.of("another run", subject), same.files[0])
    assert memory.look("run", subject, "2").since == "1"
    assert memory.look("run", subject, "2").since == "1", "what is new stays new until there is something newer"


def test_the_landing_is_told_as_it_is_wanted() -> None:
    state, _ = landing()
    ground = Ground(target_at=oid(9), checkout="/home/ada/shop", uncommitted=3)
    text = "\n".join(plain(line) for line in landing_facts(state, ground, Terms("squash", "One [b]thing[/]\x07")))

    assert "strategy  one commit" in text
    assert "message   One [b]thing[/]␇" in text
    assert "main has moved" in text
    assert "3 files with changes of yours, none in the way" in text
    assert next_strategy(state, Terms()) == "squash"
    assert next_strategy(state, Terms("rebase")) == "merge"


def test_a_landing_names_the_command_that_undoes_it() -> None:
    state = fold(make_run(items=2))

    assert state.landed is not None
    assert any("git reset --keep" in plain(line) for line in landed_lines(state.landed))
