"""A run without effects: the real scheduler and fold, with chance in the place of git, processes and people.

Every effect that the scheduler asks for is put aside and completed later, in an order that the source of chance picks.
"""

from datetime import timedelta
from random import Random

from prodigy_tui.engine.actions import (
    CleanUp,
    Effect,
    Land,
    LoadItems,
    MergeItem,
    PrepareRun,
    ProposeLanding,
    Record,
    RunPhase,
    StartAgent,
    StopAgent,
    StopEverything,
    Wake,
)
from prodigy_tui.engine.outcome import superfluous_worktrees
from prodigy_tui.engine.scheduler import next_actions
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    Envelope,
    GateAnswered,
    GateOpened,
    ItemRequeued,
    ItemsLoaded,
    KnownEvent,
    LandingFinished,
    MergeFinished,
    MergeStarted,
    PhaseFinished,
    RunResumed,
    RunStarted,
    SignalReceived,
    WorktreeCreated,
    WorktreeRemoved,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure, Item
from prodigy_tui.workflow.model import Workflow
from tests.support.invariants import check_invariants
from tests.support.make import START


class Simulation:
    """One simulated run."""

    def __init__(self, workflow: Workflow, seed: int, *, items: int, failing: float = 0.2, conflicting: float = 0.1):
        self.workflow = workflow
        self.chance = Random(seed)
        self.item_count = items
        self.failing = failing
        self.conflicting = conflicting
        self.now = START
        self.state = RunState()
        self.history: list[Envelope] = []
        self.busy: dict[Effect, None] = {}
        self.most_at_once = 0
        self.merges: list[str] = []
        parallel = workflow.map.max_parallel if workflow.map is not None else 1
        self.record(
            RunStarted(
                run_id="run", workflow=workflow.name, kind=workflow.kind, file="w.yml", text="", digest="",
                repository="/r", target="main", base="b0", run_branch="prodigy/run/run", version="1",
                outline=(), max_parallel=parallel,
            )
        )  # fmt: skip

    def record(self, event: KnownEvent) -> None:
        envelope = Envelope(seq=self.state.last_seq + 1, at=self.now, event=event)
        self.state = evolve(self.state, envelope)
        self.history.append(envelope)
        check_invariants(self.state)
        self.most_at_once = max(self.most_at_once, len(self.state.slots))

    def run(self, *, most: int = 5000) -> RunState:
        """Goes on until the run is over; a run that hangs fails the test."""
        for _ in range(most):
            if self.state.ended_at is not None:
                return self.state
            self.step()
        raise AssertionError(f"the run does not end: {self.state.phase} {self.state.counts} busy {list(self.busy)}")

    def step(self) -> None:
        """Asks the scheduler and does what it says; when it says nothing, one effect ends."""
        woken = None
        recorded = False
        for action in next_actions(self.workflow, self.state, self.busy.keys(), self.now):
            match action:
                case Record(event=event):
                    self.record(event)
                    recorded = True
                case Wake(at=at):
                    woken = at
                case StopEverything():
                    for effect in list(self.busy):
                        self.cancel(effect)
                    recorded = True
                case StopAgent(item_id=item_id):
                    for effect in [e for e in self.busy if isinstance(e, StartAgent) and e.item_id == item_id]:
                        self.cancel(effect)
                    recorded = True
                case _:
                    self.begin(action)
                    recorded = True
        if recorded:
            return
        if self.busy:
            self.complete(self.chance.choice(list(self.busy)))
        elif woken is not None:
            self.now = woken
        elif self.state.gate is not None:
            answer = self.chance.choice(["approve", "later"])
            self.record(GateAnswered(gate=self.state.gate.gate, answer=answer))
        elif self.state.paused:
            self.record(SignalReceived(signal="resume"))
        else:
            raise AssertionError("nothing is under way and nothing is asked for")

    def begin(self, effect: Effect) -> None:
        assert effect not in self.busy, "asked for twice"
        self.busy[effect] = None
        if isinstance(effect, StartAgent):
            self.record(
                AgentStarted(
                    item_id=effect.item_id,
                    attempt=effect.attempt,
                    slot=effect.slot,
                    branch=f"{effect.item_id}/{effect.attempt}",
                    base=self.state.tip,
                    worktree=f"s{effect.slot}",
                )
            )
        elif isinstance(effect, MergeItem):
            entry = self.state.items[effect.item_id]
            self.record(
                MergeStarted(item_id=effect.item_id, attempt=entry.attempt, head=entry.head, onto=self.state.tip)
            )

    def complete(self, effect: Effect) -> None:
        del self.busy[effect]
        self.now += timedelta(seconds=self.chance.random())
        match effect:
            case PrepareRun():
                self.record(WorktreeCreated(name="run", path="run", branch="b", base=self.state.tip))
            case RunPhase(phase=phase):
                self.record(PhaseFinished(phase=phase, status="ok", tip=f"{phase}-tip"))
            case LoadItems():
                items = tuple(Item(id=f"i{n}", safe_id=f"i{n}", data=n) for n in range(self.item_count))
                self.record(ItemsLoaded(items=items))
            case StartAgent(item_id=item_id, attempt=attempt):
                self.finish_agent(item_id, attempt)
            case MergeItem(item_id=item_id, attempt=attempt):
                conflict = self.chance.random() < self.conflicting
                tip = self.state.tip if conflict else f"{self.state.tip}+{item_id}"[-40:]
                status = "conflict" if conflict else "merged"
                if not conflict:
                    self.merges.append(item_id)
                self.record(MergeFinished(item_id=item_id, attempt=attempt, status=status, tip=tip))
            case ProposeLanding():
                self.record(GateOpened(gate=f"g{self.state.last_seq}", kind="landing", question="?", options=("a",)))
            case Land():
                self.record(LandingFinished(status="landed", target="main", commit="c"))
            case CleanUp():
                for made in superfluous_worktrees(self.state):
                    self.record(WorktreeRemoved(path=made.path))

    def finish_agent(self, item_id: str, attempt: int) -> None:
        if self.chance.random() < self.failing:
            failure = Failure(kind="exit", message="chance")
            self.record(AgentFinished(item_id=item_id, attempt=attempt, outcome="failed", failure=failure))
            return
        commits = self.chance.choice([0, 1, 2])
        head = f"h-{item_id}"
        self.record(AgentFinished(item_id=item_id, attempt=attempt, outcome="success", head=head, commits=commits))

    def cancel(self, effect: Effect) -> None:
        del self.busy[effect]
        if isinstance(effect, StartAgent):
            wanted = effect.item_id in self.state.stopping_items and self.state.stop is None
            outcome = "cancelled" if wanted else "interrupted"
            self.record(AgentFinished(item_id=effect.item_id, attempt=effect.attempt, outcome=outcome))
        elif isinstance(effect, MergeItem):
            # A merge that has begun goes to its end.
            self.busy[effect] = None
            self.complete(effect)

    def signal(self) -> None:
        """A person asks for something."""
        some = f"i{self.chance.randrange(max(self.item_count, 1))}"
        wish = self.chance.choice(["pause", "resume", "set-parallel", "stop-item", "retry"])
        if wish == "set-parallel":
            self.record(SignalReceived(signal="set-parallel", number=self.chance.randint(1, 6)))
        elif wish == "retry":
            entry = self.state.items.get(some)
            if entry is not None and entry.status in ("dead", "skipped", "cancelled"):
                self.record(ItemRequeued(item_id=some))
        else:
            self.record(SignalReceived(signal=wish, item_id=some if wish == "stop-item" else None))

    def resume(self) -> None:
        """Another process takes the run up after it ended or was stopped."""
        self.busy.clear()
        self.record(RunResumed(version="1"))
