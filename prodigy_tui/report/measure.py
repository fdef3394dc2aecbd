"""The fold from an event log to a report: each event once, in constant time.

The state of the run is folded along (`events.evolve`), so counts and statuses are the same as everywhere else. What a
report adds are sums over time (`clockwork`) and ledgers of steps, items and merges.
"""

from collections.abc import Iterable
from datetime import datetime

from prodigy_tui.events.endings import shortfalls
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentMessage,
    Envelope,
    PhaseFinished,
    PhaseStarted,
    ProviderLimited,
    RunResumed,
    RunStarted,
    UsageReported,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.report.bottleneck import bottleneck
from prodigy_tui.report.clockwork import Clockwork
from prodigy_tui.report.driven import driven
from prodigy_tui.report.figures import PhaseTime
from prodigy_tui.report.item_ledger import ItemLedger
from prodigy_tui.report.merge_ledger import MergeLedger
from prodigy_tui.report.model import Progress, ProviderUse, Report, Session
from prodigy_tui.report.outcomes import outcomes
from prodigy_tui.report.progress import Curve
from prodigy_tui.report.spend import SpendTally
from prodigy_tui.report.step_ledger import StepLedger, StepNews


def measure(envelopes: Iterable[Envelope], *, live: bool = False, now: datetime | None = None) -> Report:
    """Returns the report of a run, or of its first events: then it tells how things stood at that moment.

    Args:
        envelopes: The log, from its first event on.
        live: A process drives the run, or did at that moment. Without one, a run that has no end was interrupted.
        now: Of a live run, the present: the time since its last event counts. None: up to the last event.

    Raises:
        InvalidTransition: the log makes no sense.
    """
    measuring = _Measuring()
    for seconds, envelope in driven(envelopes):
        measuring.take(seconds, envelope)
    return measuring.report(live=live, now=now)


class _Measuring:
    """Everything that is added up."""

    def __init__(self) -> None:
        self._state = RunState()
        self._clockwork = Clockwork()
        self._steps = StepLedger()
        self._items = ItemLedger()
        self._merges = MergeLedger()
        self._spend = SpendTally()
        self._providers: dict[str, SpendTally] = {}
        self._limits: dict[str, int] = {}
        self._phases: dict[PhaseName, int] = {}
        """Phases in the order of their beginning, and how often each began."""
        self._sessions: list[Session] = []
        self._curve = Curve()
        self._drawn: tuple[object, ...] = ()

    def take(self, seconds: float, envelope: Envelope) -> None:
        """Takes in an event that came after so many seconds of driven time."""
        event = envelope.event
        self._clockwork.go_on(self._state, seconds)
        self._state = evolve(self._state, envelope)
        if type(event) is AgentMessage:  # most of all events, and nothing that is measured
            return
        match event:
            case RunStarted() | RunResumed():
                self._steps.nothing_is_open(seconds)
                self._sessions.append(Session(at=envelope.at, started_s=seconds))
            case PhaseStarted(phase=phase):
                self._phases[phase] = self._phases.get(phase, 0) + 1
            case PhaseFinished(phase=phase):
                self._phases.setdefault(phase, 0)
            case UsageReported(usage=usage, provider=provider):
                self._steps.used(event)
                self._spend.used(usage)
                told = self._providers.setdefault(provider, SpendTally())
                told.called()
                told.used(usage)
            case ProviderLimited(provider=provider, again=False):
                self._limits[provider] = self._limits.get(provider, 0) + 1
        if isinstance(event, StepNews):
            of_item = () if event.item_id is None else (self._items.spend_of(event.item_id),)
            self._steps.take(event, seconds, (self._spend, *of_item))
        elif isinstance(event, AgentFinished | AgentInterrupted):
            self._steps.cut_off(event.item_id, seconds)
        self._items.take(event, self._state, seconds)
        self._merges.take(event, seconds)
        self._draw(seconds)

    def _draw(self, seconds: float) -> None:
        state = self._state
        drawn = (state.counts.success, state.final_failures, state.counts.running, self._spend.tokens, self._spend.usd)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        succeeded, failed, running, tokens, usd = drawn
        self._curve.add(
            Progress(at_s=seconds, succeeded=succeeded, failed=failed, running=running, tokens=tokens, usd=usd)
        )

    def report(self, *, live: bool, now: datetime | None) -> Report:
        """Returns the report of all that was taken in."""
        state, clockwork = self._state, self._clockwork
        at_rest = state.ended_at is not None
        until = state.ended_at or state.last_at
        if live and not at_rest and now is not None and until is not None and now > until:
            clockwork.go_on(state, clockwork.seconds + (now - until).total_seconds())
            until = now
        shares = clockwork.time_shares()
        steps = self._steps.times()
        parallel = clockwork.parallel(state)
        items = tuple(self._items.reports(state, clockwork.seconds))
        return Report(
            run_id=state.run_id,
            workflow=state.workflow,
            label=state.label,
            kind=state.kind,
            status=state.status if live or at_rest else "interrupted",
            message=state.message,
            repository=state.repository,
            target=state.target,
            landing=state.landing.status if state.landing is not None else None,
            live=live and not at_rest,
            seq=state.last_seq,
            started_at=state.started_at,
            ended_at=state.ended_at,
            until=until,
            wall_s=(until - state.started_at).total_seconds() if until and state.started_at else 0.0,
            driven_s=clockwork.seconds,
            sessions=tuple(self._sessions),
            items=outcomes(state),
            pace=self._items.pace(state, clockwork.phases["map"]),
            phases=self._phase_times(),
            where_time_went=shares,
            bottleneck=bottleneck(shares, parallel=parallel, steps=steps, items=items),
            parallel=parallel,
            waits=clockwork.waits(state.counts.total),
            merging=self._merges.merging(clockwork.merge_s, clockwork.resolve_s),
            spend=self._spend.total(),
            providers=tuple(
                ProviderUse(
                    provider=provider,
                    spend=self._providers.get(provider, SpendTally()).total(),
                    limits=self._limits.get(provider, 0),
                )
                for provider in sorted({*self._providers, *self._limits})
            ),
            steps=steps,
            item_reports=items,
            timeline=self._items.timeline(),
            progress=self._curve.points(clockwork.seconds),
            shortfalls=tuple(shortfalls(state)),
            warnings=state.warning_count,
        )

    def _phase_times(self) -> tuple[PhaseTime, ...]:
        whole, known = self._clockwork.seconds, self._state.phases
        return tuple(
            PhaseTime(
                phase=phase,
                status=known[phase].status if phase in known else "waiting",
                duration_s=self._clockwork.phases[phase],
                share=self._clockwork.phases[phase] / whole if whole else None,
                starts=starts,
            )
            for phase, starts in self._phases.items()
        )
