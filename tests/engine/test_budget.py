"""What a run may spend, as pure functions: what is set aside, who may start, and what becomes of a budget's end."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.engine.decisions.budget import (
    Amount,
    Caps,
    caps_of,
    committed,
    decision,
    expected,
    read_note,
    shortage,
    spent_item,
    step_name,
    time_ends,
)
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import (
    BudgetAwaited,
    BudgetRaised,
    BudgetReserved,
    BudgetSettled,
    Envelope,
    GateOpened,
    KnownEvent,
    PhaseStarted,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
    StopDecided,
    UsageReported,
)
from prodigy_tui.events.spending import SAMPLE
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import RunSettings, Usage
from prodigy_tui.workflow.model import Budget, Spent
from tests.support.make import START
from tests.support.rules import rule


def begun(**settings: object) -> RunState:
    """A plain run whose steps have begun."""
    return after(
        RunState(),
        RunStarted(
            run_id="r", workflow="w", kind="plain", file="w.yml", text="", digest="", repository="/r", target="main",
            base="b", run_branch="rb", version="1", outline=(), settings=RunSettings(**settings),
        ),
        PhaseStarted(phase="steps"),
    )  # fmt: skip


def after(state: RunState, *events: KnownEvent, seconds: float = 0.0) -> RunState:
    for event in events:
        at = (state.last_at or START) + timedelta(seconds=seconds)
        state = evolve(state, Envelope(seq=state.last_seq + 1, at=at, event=event))
    return state


def used(path: str, usd: float | None, tokens: int = 0) -> UsageReported:
    usage = Usage(input_tokens=tokens, usd=usd)
    return UsageReported(usage=usage, provider="claude", phase="steps", path=path)


def ran(path: str, usd: float | None, tokens: int = 0, *, finished: bool = True) -> tuple[KnownEvent, ...]:
    """An execution that was let in, used something, and ended."""
    step = step_name("steps", path)
    return (
        BudgetReserved(step=step, usd=1.0, tokens=1000, phase="steps", path=path),
        used(path, usd, tokens),
        BudgetSettled(finished=finished, phase="steps", path=path),
    )


def waits(path: str) -> BudgetAwaited:
    return BudgetAwaited(step=step_name("steps", path), message="budget", phase="steps", path=path)


@rule("17 runs: share", "17 runs: percentile")
@pytest.mark.parametrize(
    ("costs", "estimate", "amount"),
    [
        pytest.param([], Spent(), 2.0, id="a tenth of the limit"),
        pytest.param([], Spent(usd=0.7), 0.7, id="the estimate"),
        pytest.param([1, 1, 1, 1], Spent(usd=0.7), 0.7, id="four say nothing"),
        pytest.param([1, 1, 1, 1, 3], Spent(usd=0.7), 3, id="the largest of five"),
        pytest.param([*range(1, 11)], Spent(), 9, id="the ninth of ten"),
        pytest.param([None, None, 1, 1, 1, 1], Spent(usd=0.7), 0.7, id="what nobody knows does not count"),
        pytest.param([50] * 3 + [1] * SAMPLE, Spent(), 1, id="the newest count"),
    ],
)
def test_what_is_set_aside(costs, estimate, amount):
    state = begun()
    for cost in costs:
        state = after(state, *ran("0", cost))
    caps = Caps(usd=20.0, estimate=estimate)

    assert expected(caps, state.spending, "steps 0") == Amount(usd=amount)
    assert expected(caps, state.spending, "steps 1") == Amount(usd=estimate.usd or 2.0), "another step costs otherwise"


@rule("17 runs: percentile")
def test_executions_that_were_cut_off_say_nothing_and_steps_are_known_whatever_the_round():
    state = begun()
    for number in range(5):
        state = after(state, *ran(f"0/r{number}.1", 1.0, 7), *ran("1", 1.0, finished=False))
    caps = Caps(usd=20.0, tokens=100)

    assert expected(caps, state.spending, "steps 0/r.1") == Amount(usd=1.0, tokens=7)
    assert expected(caps, state.spending, "steps 1") == Amount(usd=2.0, tokens=10)
    assert step_name("map", "2/r1.0/i12.3") == "map 2/r.0/i.3"


@rule("17 runs: reservation", "17 runs: tokens")
def test_what_is_used_is_spent_at_once_and_the_rest_stays_set_aside():
    held = after(begun(), BudgetReserved(step="steps 0", usd=1.0, tokens=100, phase="steps", path="0"))
    half = after(held, used("0", 0.4, 30))
    over = after(half, used("0", 0.9, 200))
    ended = after(half, BudgetSettled(finished=True, phase="steps", path="0"))

    assert [committed(state) for state in (held, half, over, ended)] == [
        Amount(usd=1.0, tokens=100),
        Amount(usd=1.0, tokens=100),
        Amount(usd=1.3, tokens=230),
        Amount(usd=0.4, tokens=30),
    ]
    caps = Caps(usd=1.5, tokens=120)
    assert shortage(caps, held, Amount(usd=0.5, tokens=20)) == ""
    assert shortage(caps, held, Amount(usd=0.6)) == "budget: 1.00 of 1.50 USD reserved"
    assert shortage(caps, held, Amount(tokens=21)) == "budget: 100 of 120 tokens reserved"
    assert shortage(Caps(), over, Amount(usd=1e9)) == ""


@rule("17 runs: survives")
def test_a_process_that_takes_the_run_up_knows_what_was_spent_and_nothing_of_what_was_set_aside():
    state = after(
        begun(), *ran("0", 0.5, 9), BudgetReserved(step="steps 1", usd=1, phase="steps", path="1"), waits("2")
    )
    resumed = after(state, RunResumed(version="1"))

    assert committed(resumed) == Amount(usd=0.5, tokens=9)
    assert resumed.spending.samples == state.spending.samples
    assert (len(resumed.spending.held), len(resumed.spending.waiting)) == (0, 0)


@rule("17 runs: reservation")
@given(st.data())
def test_spent_and_set_aside_never_exceed_the_limit_when_a_step_starts(data):
    caps = Caps(
        usd=data.draw(st.none() | st.floats(0, 10)),
        tokens=data.draw(st.none() | st.integers(0, 1000)),
        estimate=Spent(usd=data.draw(st.none() | st.floats(0, 3)), tokens=data.draw(st.none() | st.integers(0, 300))),
    )
    state, at_work = begun(), dict[str, None]()
    for _ in range(data.draw(st.integers(1, 30))):
        path = str(data.draw(st.integers(0, 4)))
        if path in at_work:
            if data.draw(st.booleans()):
                spent = data.draw(st.none() | st.floats(0, 2)), data.draw(st.integers(0, 200))
                state = after(state, used(path, *spent))
            else:
                del at_work[path]
                state = after(state, BudgetSettled(finished=data.draw(st.booleans()), phase="steps", path=path))
            continue
        wanted = expected(caps, state.spending, f"steps {path}")
        if shortage(caps, state, wanted):
            continue
        at_work[path] = None
        state = after(
            state,
            BudgetReserved(step=f"steps {path}", usd=wanted.usd, tokens=wanted.tokens, phase="steps", path=path),
        )
        now = committed(state)
        assert caps.usd is None or now.usd <= caps.usd + 1e-6
        assert caps.tokens is None or now.tokens <= caps.tokens


@rule("17 runs: reservation")
def test_where_nothing_is_left_nothing_starts_and_unknown_costs_count_as_expected():
    free = Caps(usd=0.0), Caps(tokens=0)
    state = begun()
    cut_off = after(state, *ran("0", None, 5, finished=False))

    assert [shortage(caps, state, Amount()) for caps in free] == [
        "budget: 0.00 of 0.00 USD reserved",
        "budget: 0 of 0 tokens reserved",
    ]
    assert committed(cut_off) == Amount(usd=1.0, tokens=5)
    assert committed(after(state, *ran("0", None, 0))) == Amount(), "it did nothing"


BUDGET = Budget(usd=1.0, estimate=Spent(usd=0.6))


@rule("17 runs: stop", "17 runs: pause", "17 runs: pause unattended")
def test_the_end_of_a_budget():
    short = after(begun(), *ran("0", 0.5), waits("1"))
    question = decision(Budget(usd=1.0, estimate=Spent(usd=0.6), on_exceed="pause"), short, START, starved=True)

    assert decision(BUDGET, short, START) is None, "others may still set something free"
    assert decision(BUDGET, after(begun(), waits("1")), START, starved=True) is None, "it fits"
    held = after(short, BudgetReserved(step="steps 2", usd=0.1, phase="steps", path="2"))
    assert decision(BUDGET, held, START, starved=True) is None, "an agent is at work"
    assert decision(BUDGET, short, START, starved=True) == StopDecided(
        code="PT630",
        message="budget: 0.50 of 1.00 USD reserved, the next step needs about 0.60 USD",
        exit_code=4,
    )
    assert isinstance(question, GateOpened)
    asked = after(short, question)
    assert decision(BUDGET, asked, START, starved=True) == StopDecided(
        code="PT630", message=f"nobody is there to answer: {question.question}", exit_code=3
    )


@rule("17 runs: stop")
def test_a_round_at_work_beside_one_that_waits_may_end_well():
    def started(path: str) -> StepStarted:
        return StepStarted(phase="steps", path=path, label=path, kind="shell")

    waiting = after(begun(), *ran("9", 0.5), started("0"), started("0/e0.1"), started("0/e1.0"), waits("0/e0.1"))
    alone = after(waiting, StepFinished(phase="steps", path="0/e1.0", status="ok"))

    assert decision(BUDGET, waiting, START, starved=True) is None
    assert isinstance(decision(BUDGET, alone, START, starved=True), StopDecided)


@rule("17 runs: time")
def test_the_end_of_the_time():
    timed = Budget(time=100.0)
    state = begun()
    ended = after(state, PhaseStarted(phase="setup"), seconds=40)
    later = after(ended, RunResumed(version="1"), seconds=1000)
    at = later.last_at

    assert time_ends(caps_of(timed, state), state, START) == START + timedelta(seconds=100)
    assert decision(timed, state, START + timedelta(seconds=99)) is None
    assert decision(timed, state, START + timedelta(seconds=100)) == StopDecided(
        code="PT630", message="the time limit of 1m 40s has passed", exit_code=4
    )
    assert time_ends(caps_of(timed, later), later, at) == at + timedelta(seconds=60), "time without a process is free"


@rule("17 runs: per_item")
@pytest.mark.parametrize(
    ("usage", "before", "message"),
    [
        (Usage(input_tokens=50, output_tokens=50, usd=1.0), False, None),
        (Usage(input_tokens=50, output_tokens=50), True, "the item has used 100 of 100 tokens"),
        (Usage(input_tokens=50, output_tokens=51), False, "the item has used 101 of 100 tokens"),
        (Usage(usd=1.25), False, "the item has used 1.25 of 1.00 USD"),
        (Usage(usd=1.0), True, "the item has used 1.00 of 1.00 USD"),
        (Usage(), True, None),
    ],
)
def test_what_an_item_may_use(usage, before, message):
    failure = spent_item(Spent(usd=1.0, tokens=100), usage, before=before)

    assert (failure.message if failure is not None else None) == message
    assert failure is None or (failure.kind, failure.code) == ("budget", "PT630")
    assert spent_item(Spent(), usage, before=True) is None


@rule("17 runs: pause")
@pytest.mark.parametrize(
    ("note", "usd", "tokens", "time_s"),
    [
        ("20", 20.0, None, None),
        ("20 usd", 20.0, None, None),
        ("20.5USD", 20.5, None, None),
        ("$20", 20.0, None, None),
        ("usd=20, tokens=500", 20.0, 500, None),
        ("500 tokens, 3h", None, 500, 10800.0),
        ("time 1h30m", None, None, 5400.0),
        ("as much as it takes", None, None, None),
        ("1 2", None, None, None),
        ("1.2.3", 0.0, None, None),
        ("-5", None, None, None),
    ],
)
def test_notes_beside_an_answer(note, usd, tokens, time_s):
    assert read_note(note, "usd", "me") == BudgetRaised(usd=usd, tokens=tokens, time_s=time_s, by="me")
