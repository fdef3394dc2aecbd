"""Questions of steps, canaries and suspects: they are seen, opened, and answered by a digit."""

import pytest

from prodigy_tui.events.schema import (
    AgentFinished,
    Envelope,
    GateAnswered,
    GateOpened,
    KnownEvent,
    SignalReceived,
    StepStarted,
)
from prodigy_tui.events.values import Failure
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.screens.question import QuestionScreen
from prodigy_tui.tui.screens.review import ReviewScreen
from tests.support.make import make_envelopes, make_run
from tests.tui.scene import Scene, index_of, live, replay

BEGUN = make_run(items=6)[: index_of(make_run(items=6), StepStarted) + 9]
CANARY = GateOpened(
    gate="canary", kind="canary", question="3 of 3 went well; run the rest?", options=("approve", "deny"),
    detail="3 commits, 3 files\ncost $0.41 [bold]so far[/]\x1b[2J",
)  # fmt: skip


def at_work() -> str:
    """The first item that an agent carries."""
    from prodigy_tui.events.evolve import fold

    state = fold(BEGUN)
    return next(item_id for item_id in state.order if state.items[item_id].status == "running")


def with_more(*events: KnownEvent) -> tuple[Envelope, ...]:
    return (*BEGUN, *make_envelopes(*events, first_seq=len(BEGUN) + 1))


def approval(item_id: str) -> GateOpened:
    return GateOpened(
        gate=f"approve:{item_id}:1", kind="approve", question="Deploy?", options=("approve", "deny", "ask ada"),
        item_id=item_id, phase="map", path="1",
    )  # fmt: skip


def suspected(item_id: str) -> tuple[KnownEvent, ...]:
    why = Failure(kind="paths", message="changed setup.py, which 'paths' does not allow", code="PT613")
    files = tuple(f"src/{n}.py" for n in range(14))
    ended = AgentFinished(
        item_id=item_id, attempt=1, outcome="suspect", head="2" * 40, commits=2, files=files, failure=why
    )
    gate = GateOpened(
        gate=f"suspect:{item_id}",
        kind="suspect",
        question="Merge what item-1 did?",
        options=("accept", "reject", "again"),
        item_id=item_id,
        onto="1" * 40,
        head="2" * 40,
    )
    return ended, gate


def answer(gate: str, said: str) -> SignalReceived:
    return SignalReceived(signal="answer", gate=gate, answer=said, source="interface")


async def opened(scene: Scene) -> QuestionScreen:
    await scene.press("m")
    screen = scene.app.screen
    assert isinstance(screen, QuestionScreen)
    scene.clock.advance_now(1)
    return screen


async def test_a_question_of_the_run_is_a_row_and_a_reason_and_never_a_dialog() -> None:
    async with live(with_more(CANARY)) as scene:
        assert not isinstance(scene.app.screen, QuestionScreen)
        assert "waits for you: 3 of 3 went well; run the rest?  m opens it" in scene.text()
        assert "canary?" in scene.text()


async def test_an_item_that_waits_for_an_answer_needs_attention() -> None:
    async with live(with_more(approval(at_work()))) as scene:
        row = next(line for line in scene.text().splitlines() if "question: D" in line)
        assert row.startswith("┃ ! ")
        assert f" {at_work()} " in row


@pytest.mark.parametrize(("digit", "said"), [("1", "approve"), ("2", "deny"), ("3", "ask ada")])
async def test_a_digit_answers(digit: str, said: str) -> None:
    item_id = at_work()
    async with live(with_more(approval(item_id))) as scene:
        await opened(scene)
        assert f"{digit} {said}" in scene.text()
        await scene.press(digit)
        assert scene.control.sent == [answer(f"approve:{item_id}:1", said)]
        assert not isinstance(scene.app.screen, QuestionScreen)


async def test_a_digit_without_an_option_type_ahead_and_enter_answer_nothing() -> None:
    async with live(with_more(CANARY)) as scene:
        await scene.press("m", "1")
        scene.clock.advance_now(1)
        await scene.press("3", "enter")
        assert isinstance(scene.app.screen, QuestionScreen)
        await scene.press("escape")
        assert scene.control.sent == []
        assert "canary" in scene.app.model.state.gates


async def test_what_the_question_is_about_is_shown_as_it_is() -> None:
    async with live(with_more(CANARY)) as scene:
        await opened(scene)
        assert "cost $0.41 [bold]so far[/]" in scene.text()
        assert "\x1b" not in scene.text()


async def test_a_suspect_tells_why_names_its_files_and_shows_its_changes() -> None:
    item_id = at_work()
    async with live(with_more(*suspected(item_id)), size=(100, 40)) as scene:
        await opened(scene)
        text = scene.text()
        assert "changed setup.py, which 'paths' does not allow" in text
        assert "src/11.py" in text
        assert "and 2 more" in text
        await scene.press("d")
        assert isinstance(scene.app.screen, ReviewScreen)
        assert "2" * 40 in scene.text()
        await scene.press("escape", "1")
        assert scene.control.sent == [answer(f"suspect:{item_id}", "accept")]


async def test_the_selected_item_is_asked_about_first() -> None:
    item_id = at_work()
    async with live(with_more(CANARY, approval(item_id))) as scene:
        scene.fleet.rows.select(Row("item", item_id))
        await opened(scene)
        assert "Deploy?" in scene.text()


async def test_an_answer_from_elsewhere_closes_the_sheet() -> None:
    events = with_more(CANARY)
    async with live(events) as scene:
        await opened(scene)
        said = make_envelopes(GateAnswered(gate="canary", answer="approve"), first_seq=len(events) + 1)
        await scene.publish(*said)
        assert not isinstance(scene.app.screen, QuestionScreen)


async def test_who_cannot_steer_is_told_so() -> None:
    async with live(with_more(CANARY), steer=False) as scene:
        await opened(scene)
        await scene.press("1")
        await scene.pilot.pause(0.1)
        assert isinstance(scene.app.screen, QuestionScreen)
        assert "another process drives this run" in scene.text()


async def test_in_the_past_a_question_is_only_looked_at() -> None:
    async with replay(with_more(CANARY)) as scene:
        await opened(scene)
        assert "in the past: look only" in scene.text()
        await scene.press("1")
        assert scene.control.sent == []
