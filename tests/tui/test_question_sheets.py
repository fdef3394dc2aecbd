"""The sheet of each kind of question: what is needed to answer it, notes, and the way from one to the next."""

from datetime import timedelta

from msgspec.structs import replace

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.pace import Canary
from prodigy_tui.events.schema import Envelope, GateOpened, KnownEvent, SignalReceived, StepStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from prodigy_tui.tui.model.asked import next_question, questions_in_order
from prodigy_tui.tui.model.line import plain
from prodigy_tui.tui.model.questions import question_lines
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.tui.screens.question import QuestionScreen
from tests.support.make import START, make_envelopes, make_run
from tests.tui.scene import Scene, index_of, live, replay

RUN = make_run(items=6)
BEGUN = RUN[: index_of(RUN, StepStarted) + 40]
CANARY = GateOpened(
    gate="canary", kind="canary", question="3 of 3 went well; run the rest?", options=("approve", "deny"),
    detail="3 commits, 3 files",
)  # fmt: skip
BUDGET = GateOpened(
    gate="budget-9", kind="budget", question="20.00 USD are spent. Raise the limit?", options=("raise", "stop"),
    detail="'raise' allows as much again as at the start",
)  # fmt: skip


def with_more(*events: KnownEvent) -> tuple[Envelope, ...]:
    return (*BEGUN, *make_envelopes(*events, first_seq=len(BEGUN) + 1))


def told(gate: GateOpened, state: RunState) -> str:
    now = (state.last_at or START) + timedelta(minutes=2)
    return "\n".join(plain(line) for line in question_lines(gate, state, now))


async def opened(scene: Scene) -> QuestionScreen:
    await scene.press("m")
    screen = scene.app.screen
    assert isinstance(screen, QuestionScreen)
    scene.clock.advance_now(1)
    return screen


def test_the_canary_shows_its_sample_and_what_the_rest_will_cost() -> None:
    state = replace(fold(with_more(CANARY)), canary=Canary(count=3))
    text = told(CANARY, state)

    assert "the sample" in text
    assert "a000  item-1" in text
    assert "so far" in text
    assert "forecast" in text
    assert "more for" in text


def test_the_budget_shows_its_limits_and_who_waits() -> None:
    state = fold(with_more(BUDGET))
    state = replace(state, settings=replace(state.settings, budget_usd=20.0, budget_tokens=50_000, time_limit_s=3600.0))
    text = told(BUDGET, state)

    assert "of $20.00" in text
    assert "of 50k tokens" in text
    assert "of 1h00" in text
    assert "as much again as at the start" in text


def test_a_suspect_shows_why_and_what_its_agent_said_last() -> None:
    state = fold(RUN)
    why = Failure(kind="paths", message="changed setup.py, which 'paths' does not allow", tail="setup.py\nsetup.cfg")
    item = replace(
        state.items["item-1"],
        failure=why,
        output="reading\n\nI had to touch setup.py\x1b[2J",
        files=("setup.py",),
        commits=1,
    )
    state = replace(state, items=state.items.insert("item-1", item))
    gate = GateOpened(gate="s", kind="suspect", question="?", options=("accept", "reject"), item_id="item-1")
    text = told(gate, state)

    assert "changed setup.py, which 'paths' does not allow" in text
    assert "│ setup.cfg" in text
    assert "its agent said last\n│ reading\n│ I had to touch setup.py" in text
    assert "\x1b" not in text


def test_the_first_that_waits_is_the_first_and_the_next_goes_round() -> None:
    state = fold(with_more(CANARY, BUDGET))

    assert questions_in_order(state) == ["canary", "budget-9"]
    assert next_question(state, "canary") == "budget-9"
    assert next_question(state, "budget-9") == "canary"
    assert next_question(state, "answered meanwhile") == "canary"
    assert next_question(fold(with_more(CANARY)), "canary") is None
    assert next_question(fold(BEGUN), "canary") is None


async def test_a_dot_goes_to_the_next_question_which_is_deaf_at_first() -> None:
    async with live(with_more(CANARY, BUDGET)) as scene:
        screen = await opened(scene)
        assert "1 of 2" in scene.text()
        await scene.press("full_stop", "1")
        assert screen.gate == "budget-9"
        assert "2 of 2" in scene.text()
        assert scene.control.sent == []
        scene.clock.advance_now(1)
        await scene.press("enter", "2")
        assert scene.control.sent == [
            SignalReceived(signal="answer", gate="budget-9", answer="stop", source="interface")
        ]


async def test_a_note_goes_with_the_answer() -> None:
    async with live(with_more(BUDGET)) as scene:
        await opened(scene)
        await scene.press("n")
        assert isinstance(scene.app.screen, PromptScreen)
        await scene.press(*"30 usd", "enter")
        assert "note: 30 usd" in scene.text()
        await scene.press("1")
        assert scene.control.sent == [
            SignalReceived(signal="answer", gate="budget-9", answer="raise", note="30 usd", source="interface")
        ]


async def test_in_the_past_there_is_no_note_but_a_next() -> None:
    async with replay(with_more(CANARY, BUDGET)) as scene:
        screen = await opened(scene)
        await scene.press("n", "1", "full_stop")
        assert scene.app.screen is screen
        assert screen.gate == "budget-9"
        assert "in the past: look only" in scene.text()
        assert scene.control.sent == []
