"""Simulated runs of hundreds of items in bad weather: all that can go wrong does, people interfere, processes die.

After every event the run is compared with its ledger, which is cheap; all laws, which look at every item, are checked
after every so many events and whenever a process ends.
"""

from datetime import timedelta

from prodigy_tui.engine.decisions.actions import Effect, StartAgent
from prodigy_tui.engine.decisions.budget import EXIT_CODE, limits_of
from prodigy_tui.events.schema import (
    AgentInterrupted,
    BudgetRaised,
    Envelope,
    GateAnswered,
    ItemDiscarded,
    ItemRequeued,
    ProviderLimited,
    ReduceRequested,
    SignalReceived,
    StepHeld,
    StepLetIn,
)
from prodigy_tui.events.state import RunState
from tests.properties.test_budget_runs import Thrifty
from tests.support.invariants import check_invariants, check_step
from tests.support.ledger import Ledger

CHECKED_EVERY = 200
"""Events between two looks at every item."""

STEPS_FOR_AN_ITEM = 100
"""Far more than a process needs for one item: a run that takes more does not end."""

RETRIABLE = ("dead", "skipped", "cancelled")

WISHES = (
    *("pause", "resume", "set-parallel", "stop-item", "skip") * 3,
    *("retry", "answer") * 9,
    *("discard", "reduce") * 2,
    *("drain", "stop", "kill", "death"),
)


class Storm(Thrifty):
    """A run to which everything happens."""

    def __init__(self, *arguments: object, stormy: float = 0.03, **options: object) -> None:
        self.ledger = Ledger()
        self.stormy = stormy
        """How likely somebody interferes at a step."""
        self.wished: dict[str, int] = {}
        """How often people have asked for what."""
        super().__init__(*arguments, **options)  # type: ignore[arg-type] - the simulation names them
        if (limits := limits_of(self.workflow.budget, self.state.settings)) is not None:
            self.record(limits)

    def check(self, envelope: Envelope) -> None:
        self.ledger.take(envelope, self.state)
        check_step(self.before, self.state, envelope.event, self.now)
        if envelope.seq % CHECKED_EVERY == 0:
            self.check_all()

    def check_all(self) -> None:
        check_invariants(self.state)
        self.ledger.check(self.state)

    def weather(self) -> RunState:
        """Drives the run in one process, to its end or its death, while people interfere."""
        sessions = self.state.sessions
        for _ in range(STEPS_FOR_AN_ITEM * max(self.item_count, 50)):
            if self.state.ended_at is not None or self.state.sessions > sessions:
                self.check_all()
                return self.state
            if self.chance.random() < self.stormy:
                self.interfere()
            else:
                self.step()
        raise AssertionError(f"the run does not end: {self.state.phase} {self.state.counts} busy {list(self.busy)}")

    def interfere(self) -> None:
        """A person wishes something, or the process dies."""
        wish = self.chance.choice(WISHES)
        self.wished[wish] = self.wished.get(wish, 0) + 1
        some = f"i{self.chance.randrange(max(self.item_count, 1))}"
        match wish:
            case "death":
                self.die()
            case "set-parallel":
                self.record(SignalReceived(signal="set-parallel", number=self.chance.randint(1, 12)))
            case "retry":
                out = self.ledger.discarded
                settled = sorted(
                    one for one, status in self.ledger.status.items() if status in RETRIABLE and one not in out
                )
                if settled:
                    again = self.chance.choice(settled)
                    self.record(ItemRequeued(item_id=again, from_attempt=self.chance.choice([None, 1])))
            case "discard":
                if self.state.dead_letters:
                    self.record(ItemDiscarded(item_id=self.chance.choice(sorted(self.state.dead_letters))))
            case "reduce":
                self.record(ReduceRequested())
            case "answer":
                asked = sorted(self.state.gates)
                if asked and self.attended:
                    gate = self.state.gates[self.chance.choice(asked)]
                    self.record(GateAnswered(gate=gate.gate, answer=self.chance.choice(gate.options)))
            case _:
                self.record(SignalReceived(signal=wish, item_id=some if wish in ("stop-item", "skip") else None))

    def take_up(self) -> None:
        """The next process drives the run, with answers to what was asked, and with more money where that was gone."""
        for gate in sorted(self.state.gates.values(), key=lambda gate: gate.gate):
            if self.state.ended_at is not None and gate.kind in ("suspect", "canary"):
                self.record(GateAnswered(gate=gate.gate, answer=self.chance.choice(gate.options)))
        gone, spending = self.state.exit_code == EXIT_CODE, self.state.spending
        self.resume()
        if gone and (spending.usd or spending.tokens):
            more = self.ledger.usd * 1.5 + 10, int(self.ledger.tokens * 1.5) + 500
            usd, tokens = (known and given for known, given in zip((spending.usd, spending.tokens), more, strict=True))
            self.record(BudgetRaised(usd=usd, tokens=tokens))

    def die(self) -> None:
        """The process ends in the midst of everything; the next one settles what was under way and goes on."""
        self.busy.clear()
        for item_id in tuple(self.state.slots.values()):
            self.record(AgentInterrupted(item_id=item_id, attempt=self.state.items[item_id].attempt))
        self.break_off_merges()
        self.resume()

    def complete(self, effect: Effect) -> None:
        """An agent may be refused by its provider, and waits, before it goes on."""
        if not isinstance(effect, StartAgent) or self.state.items[effect.item_id].status != "running":
            super().complete(effect)
            return
        item_id = effect.item_id
        if f"map/{item_id}" in self.state.held:
            self.now = max(self.now, self.state.limited.get("claude", self.now))
            self.record(StepLetIn(provider="claude", phase="map", path="0", item_id=item_id))
        elif self.holds(item_id) and self.chance.random() < self.limited:
            until = self.now + timedelta(seconds=self.chance.randint(1, 60))
            again = self.chance.random() < 0.5
            self.record(ProviderLimited(provider="claude", until=until, item_id=item_id, again=again))
            self.record(StepHeld(provider="claude", by="quota", until=until, phase="map", path="0", item_id=item_id))
            return
        super().complete(effect)
