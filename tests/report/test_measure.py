"""Figures of small logs, computed by hand. A second passes between two events unless said otherwise."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    Envelope,
    GateAnswered,
    GateOpened,
    ItemDeadLettered,
    ItemsLoaded,
    KnownEvent,
    MergeFinished,
    MergeStarted,
    PhaseFinished,
    PhaseStarted,
    ProviderLimited,
    RetryScheduled,
    RunFinished,
    RunResumed,
    SignalReceived,
    StepFinished,
    StepHeld,
    StepLetIn,
    StepStarted,
    UsageReported,
    VerifyFinished,
    VerifyStarted,
)
from prodigy_tui.events.source import read_events
from prodigy_tui.events.values import Failure, Usage
from prodigy_tui.report.figures import Quantiles
from prodigy_tui.report.measure import measure
from prodigy_tui.report.model import Report
from prodigy_tui.report.outcomes import outcomes
from tests.engine.test_scheduler import make_workflow
from tests.golden.facts import logs
from tests.support.make import START, make_envelope, make_items, make_run, make_run_started, oid
from tests.support.rules import rule
from tests.support.simulate import Simulation

AT = {"phase": "map", "path": "0"}


def started(number: int, attempt: int = 1, slot: int = 1) -> AgentStarted:
    item = f"item-{number}"
    return AgentStarted(item_id=item, attempt=attempt, slot=slot, branch="b", base=oid(1), worktree="w")


def finished(number: int, attempt: int = 1, *, commits: int = 0, fails: bool = False) -> AgentFinished:
    failure = Failure(kind="exit", message="it broke", step="tests") if fails else None
    outcome = "failed" if fails else "success"
    return AgentFinished(item_id=f"item-{number}", attempt=attempt, outcome=outcome, commits=commits, failure=failure)


def step(number: int, attempt: int = 1, kind: str = "agent") -> StepStarted:
    return StepStarted(label="change it", kind=kind, item_id=f"item-{number}", attempt=attempt, **AT)


def step_done(number: int, attempt: int = 1, status: str = "ok") -> StepFinished:
    return StepFinished(status=status, item_id=f"item-{number}", attempt=attempt, **AT)


def used(number: int, usd: float | None = 0.5, provider: str = "claude") -> UsageReported:
    usage = Usage(input_tokens=100, output_tokens=20, usd=usd)
    return UsageReported(usage=usage, provider=provider, item_id=f"item-{number}", attempt=1, **AT)


def log(*events: KnownEvent | timedelta, items: int = 2, slots: int = 1) -> list[Envelope]:
    """A run of a map: its first three events, then `events`; a time span makes the next event come later."""
    script: list[KnownEvent | timedelta] = [make_run_started(max_parallel=slots), PhaseStarted(phase="map")]
    script.append(ItemsLoaded(items=make_items(items)))
    at, envelopes = START, []
    for event in [*script, *events]:
        if isinstance(event, timedelta):
            at += event
            continue
        at += timedelta(seconds=1)
        envelopes.append(make_envelope(event, len(envelopes) + 1, at=at))
    return envelopes


def seconds(report: Report) -> dict[str, float]:
    return {one.cause: one.seconds for one in report.where_time_went}


@rule("cli 8.4 efficiency", "cli 8.4 waiting")
def test_busy_time_is_held_against_slots_times_map_time() -> None:
    # 0 run, 1 map, 2 items, 3 first agent, 4 it ends, 5 second, 6 it ends, 7 the map ends: 6 s of map, 2 of them busy.
    ends = [finished(1), started(2), finished(2), PhaseFinished(phase="map", status="ok")]
    report = measure(log(started(1), *ends))

    assert (report.parallel.busy_s, report.parallel.slot_s) == (2.0, 6.0)
    assert report.parallel.efficiency == pytest.approx(1 / 3)
    assert (report.parallel.slots, report.parallel.peak) == (1, 1)
    # The second item waited in the one second in which the first had the slot.
    assert (report.waits.slot_s, report.waits.slot_mean_s) == (1.0, 0.5)
    assert seconds(report) == {"agents": 1.0, "tail": 1.0, "start": 2.0, "other": 3.0}


@rule("cli 8.4 phases")
def test_a_phase_has_the_time_between_its_beginning_and_its_end() -> None:
    setup = [PhaseStarted(phase="setup"), timedelta(seconds=2), PhaseFinished(phase="setup", status="ok")]
    envelopes = log(PhaseFinished(phase="map", status="ok"), *setup, RunFinished(status="succeeded", exit_code=0))

    told = {one.phase: (one.duration_s, one.share, one.starts) for one in measure(envelopes).phases}

    assert told == {"map": (2.0, 0.25, 1), "setup": (3.0, 0.375, 1)}


@rule("cli 8.4 rates")
def test_rates_are_those_of_items_that_came_to_an_end() -> None:
    failure = Failure(kind="exit", message="it broke")
    report = measure(
        log(
            *(started(1), finished(1)),
            *(started(2), finished(2, fails=True), RetryScheduled(item_id="item-2", due=START)),
            *(started(2, 2), finished(2, 2, fails=True), ItemDeadLettered(item_id="item-2", failure=failure)),
            started(3),
            items=4,
        )
    )

    pace = report.pace
    assert (pace.finished, pace.success_rate, pace.failure_rate) == (2, 0.5, 0.5)
    assert pace.retry_rate == pytest.approx(1 / 3)  # of the items 1, 2 and 3, which were begun
    assert (pace.retries, pace.attempts, pace.failed_attempts) == (1, 4, 2)
    assert pace.items_per_minute == pytest.approx(2 / 10 * 60)  # two in the ten seconds of the map so far
    one, two, three, four = report.item_reports
    assert (two.status, two.attempts, two.work_s, two.failure) == ("dead", 2, 2.0, "it broke")
    assert (one.started_s, one.ended_s) == (3.0, 4.0)
    assert (three.ended_s, three.work_s, four.started_s) == (None, 0.0, None)


@rule("cli 8.4 steps")
def test_quantiles_are_durations_that_there_were() -> None:
    events: list[KnownEvent | timedelta] = []
    for number, took in enumerate((1, 3, 2, 10), start=1):
        again = [started(number), step(number), timedelta(seconds=took - 1), step_done(number), finished(number)]
        events += again
    report = measure(log(*events, items=4))

    (one,) = report.steps
    assert (one.phase, one.path, one.label, one.kind) == ("map", "0", "change it", "agent")
    assert one.times == Quantiles(count=4, p50_s=2.0, p95_s=10.0, max_s=10.0, total_s=16.0)


def test_what_runs_for_each_round_or_turn_is_one_step() -> None:
    paths = ("0/r1.0", "0/r2.0", "0/e0.1", "0/e1.1")
    inner = [
        event
        for path in paths
        for event in (
            StepStarted(phase="map", path=path, label="mend", kind="shell", item_id="item-1", attempt=1),
            StepFinished(phase="map", path=path, status="ok", item_id="item-1", attempt=1),
        )
    ]

    report = measure(log(started(1), step(1, kind="shell"), *inner, step_done(1), finished(1)))

    assert [(one.path, one.times.count) for one in report.steps] == [("0", 1), ("0/e*.1", 2), ("0/r*.0", 2)]


@rule("cli 8.4 cost")
def test_what_nobody_knows_is_unknown_and_not_zero() -> None:
    quiet = [started(1), step(1), step_done(1), finished(1)]
    unpriced = [started(2), step(2), used(2, None), step_done(2), finished(2)]
    priced = [started(3), step(3), used(3), used(3, 0.25, "codex"), step_done(3), finished(3)]
    report = measure(log(*quiet, *unpriced, *priced, items=4))

    one, two, three, untouched = (item.spend for item in report.item_reports)
    assert (one.input_tokens, one.usd, one.tokens_complete) == (None, None, False)
    assert (two.input_tokens, two.usd, two.tokens_complete, two.usd_complete) == (100, None, True, False)
    assert (three.output_tokens, three.usd, three.usd_complete) == (40, 0.75, True)
    assert (untouched.input_tokens, untouched.usd, untouched.usd_complete) == (0, 0.0, True)
    assert (report.spend.calls, report.spend.usd, report.spend.usd_complete) == (3, 0.75, False)
    assert report.spend == report.steps[0].spend
    assert {one.provider: one.spend.usd for one in report.providers} == {"claude": 0.5, "codex": 0.25}


@rule("cli 8.4 waiting")
def test_waiting_for_a_provider_is_neither_work_nor_the_time_of_a_step() -> None:
    hour = timedelta(hours=1)
    held = StepHeld(by="quota", provider="claude", until=START + hour, item_id="item-1", attempt=1, **AT)
    limited = ProviderLimited(provider="claude", until=START + hour)
    let_in = StepLetIn(provider="claude", item_id="item-1", attempt=1, **AT)
    report = measure(log(started(1), step(1), limited, held, hour, let_in, step_done(1), finished(1), items=1))

    assert (report.waits.quota_s, seconds(report)["provider"]) == (3601.0, 3601.0)
    assert report.steps[0].times.max_s == 3.0
    assert report.parallel.busy_s == 5.0
    assert report.bottleneck is not None
    assert report.bottleneck.cause == "provider"
    assert [(one.provider, one.limits) for one in report.providers] == [("claude", 1)]


@rule("cli 8.4 waiting", "cli 8.4 merges")
def test_merges_and_their_queue_are_told_apart() -> None:
    onto = {"head": oid(2), "onto": oid(1)}
    report = measure(
        log(
            *(started(1), finished(1, commits=1), started(2), finished(2, commits=1)),
            MergeStarted(item_id="item-1", attempt=1, **onto),
            *(VerifyStarted(item_ids=("item-1",), commit=oid(9)), timedelta(seconds=4)),
            VerifyFinished(item_ids=("item-1",), commit=oid(9), status="ok"),
            MergeFinished(item_id="item-1", attempt=1, status="merged", tip=oid(3), resolved_by="an agent"),
            MergeStarted(item_id="item-2", attempt=1, **onto),
            MergeFinished(item_id="item-2", attempt=1, status="conflict", tip=oid(3), conflicts=("a",)),
        )
    )

    merging = report.merging
    assert (merging.merged, merging.conflicts, merging.resolved, merging.failed) == (1, 2, 1, 0)
    assert (merging.verify_runs, merging.verify_times.max_s, merging.merge_s) == (1, 5.0, 8.0)
    # Item 1 waited 3 s until its merge began, item 2 first 1 s beside it, then 8 s until its own.
    assert report.waits.merge_queue_s == 3.0 + 1.0 + 7.0 + 1.0
    assert [attempt.outcome for attempt in report.timeline] == ["success", "conflict"]
    assert seconds(report)["verify"] == 5.0


@rule("cli 8.4 waiting")
def test_a_run_that_waits_for_an_answer_waits_for_a_person() -> None:
    question = GateOpened(gate="landing", kind="landing", question="land?", options=("approve", "later"))
    over = [PhaseFinished(phase="map", status="ok"), question, timedelta(seconds=59)]
    report = measure(log(*over, GateAnswered(gate="landing", answer="later")))

    assert (report.waits.person_s, seconds(report)["person"]) == (60.0, 60.0)
    assert report.bottleneck is not None
    assert report.bottleneck.text.endswith("nothing went on before a person had answered")


NIGHT = timedelta(hours=10)


@rule("cli 8.4 sessions")
@pytest.mark.parametrize("clean", [True, False])
def test_time_without_a_process_is_no_waiting(clean: bool) -> None:
    ended = [PhaseFinished(phase="map", status="interrupted"), RunFinished(status="interrupted", exit_code=130)]
    gone = [finished(1), *ended] if clean else []
    # After a crash the next process settles what it finds before it says that it is there.
    back = [] if clean else [AgentInterrupted(item_id="item-1", attempt=1)]
    again = [RunResumed(version="1"), PhaseStarted(phase="map"), started(2), finished(2)]
    envelopes = log(started(1), timedelta(seconds=5), step(1), *gone, NIGHT, *back, *again)

    report = measure(envelopes)

    night = NIGHT.total_seconds() + 1
    assert report.wall_s - report.driven_s == pytest.approx(night)
    assert sum(seconds(report).values()) == pytest.approx(report.driven_s)
    assert max(item.work_s for item in report.item_reports) < 10
    assert len(report.sessions) == 2
    assert report.waits.slot_s < 10
    assert report.timeline[0].outcome == ("success" if clean else "interrupted")


def test_a_live_run_is_told_up_to_now() -> None:
    envelopes = log(started(1), step(1))
    now = envelopes[-1].at + timedelta(seconds=30)

    live, dead = measure(envelopes, live=True, now=now), measure(envelopes)

    assert (live.status, live.live, live.until, live.driven_s) == ("running", True, now, 34.0)
    assert (live.item_reports[0].work_s, live.timeline[0].outcome) == (31.0, "running")
    assert (dead.status, dead.live, dead.driven_s) == ("interrupted", False, 4.0)
    assert live.spend.usd is None  # the call goes on and has not said


def test_nothing_has_no_figures() -> None:
    report = measure(())

    assert (report.driven_s, report.bottleneck, report.pace.success_rate) == (0.0, None, None)
    assert report.parallel.efficiency is None


def recorded() -> Iterable[tuple[str, list[Envelope]]]:
    yield "made", list(make_run(items=12, failing=[2, 4], conflicting=[3], retried=[5, 6]))
    for path in logs():
        yield path.name, list(read_events(path))


@pytest.mark.parametrize("envelopes", [pytest.param(log, id=name) for name, log in recorded()])
def test_figures_agree_with_each_other_and_with_the_state_at_every_moment(envelopes: list[Envelope]) -> None:
    """Every beginning of a log is the log of a run that goes on."""
    before = 0.0
    for end in [*range(1, len(envelopes), max(1, len(envelopes) // 20)), len(envelopes)]:
        before = _agree(envelopes, end, before)


@given(seed=st.integers(0, 2**32), items=st.integers(0, 10), stops=st.lists(st.integers(1, 60), max_size=3))
def test_figures_agree_in_any_run_however_often_it_is_broken_off(seed: int, items: int, stops: list[int]) -> None:
    run = Simulation(make_workflow(), seed, items=items, asking=0.2, limited=0.2, suspect=0.1)
    for steps in stops:
        for _ in range(steps):
            if run.state.ended_at is None:
                run.step()
        if run.state.ended_at is None:
            run.record(SignalReceived(signal="stop"))
            run.run()
        before = measure(run.history)
        run.now += timedelta(hours=1)
        run.resume()
        assert measure(run.history).driven_s == pytest.approx(before.driven_s)
    run.run()

    _agree(run.history, len(run.history), 0.0)


def _agree(envelopes: list[Envelope], end: int, before: float) -> float:
    report, state = measure(envelopes[:end], live=True), fold(envelopes[:end])
    counts = report.items

    assert counts == outcomes(state)
    parts = (counts.succeeded, counts.failed, counts.skipped, counts.suspect, counts.cancelled, counts.pending)
    assert sum(parts) == counts.total == len(report.item_reports)
    assert report.spend.input_tokens in (state.usage.input_tokens, None)
    assert before <= report.driven_s <= report.wall_s + 1e-6
    assert sum(one.seconds for one in report.where_time_went) == pytest.approx(report.driven_s)
    assert sum(one.share or 0.0 for one in report.phases) <= 1 + 1e-9
    assert report.pace.attempts == len(report.timeline) == sum(item.attempts for item in report.item_reports)
    assert report.parallel.busy_s <= sum(item.work_s for item in report.item_reports) + 1e-6
    assert _well_formed(report, envelopes[end - 1].at)
    return report.driven_s


def _well_formed(report: Report, now: datetime) -> bool:
    assert report.until is not None
    assert report.until <= now
    shares = [report.pace.success_rate, report.pace.failure_rate, report.pace.retry_rate]
    assert all(share is None or 0 <= share <= 1 for share in shares)
    for times in (report.pace.attempt_times, *(one.times for one in report.steps)):
        if times.count:
            assert times.p50_s is not None
            assert times.p95_s is not None
            assert times.max_s is not None
            assert 0 <= times.p50_s <= times.p95_s <= times.max_s <= report.driven_s + 1e-6
    return all(0 <= one.started_s <= (one.ended_s or report.driven_s) <= report.driven_s for one in report.timeline)
