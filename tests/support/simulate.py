"""A run without effects: the real scheduler and fold, with chance in the place of git, processes and people.

Every effect that the scheduler asks for is put aside and completed later, in an order that the source of chance picks.
"""

from datetime import timedelta
from random import Random

from prodigy_tui.engine.decisions.actions import (
    CleanUp,
    Effect,
    JudgeCanary,
    Land,
    LoadItems,
    MergeItems,
    PrepareRun,
    ProposeLanding,
    Record,
    RunPhase,
    StartAgent,
    StopAgent,
    StopEverything,
    Wake,
)
from prodigy_tui.engine.decisions.batches import adapted, stop_of_base
from prodigy_tui.engine.decisions.canary import canary_size
from prodigy_tui.engine.decisions.map_rules import Outside
from prodigy_tui.engine.decisions.outcome import superfluous_worktrees
from prodigy_tui.engine.decisions.scheduler import next_actions
from prodigy_tui.engine.decisions.settled import Settling
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    CanaryJudged,
    Envelope,
    GateAnswered,
    GateOpened,
    ItemDiscarded,
    ItemRequeued,
    ItemsLoaded,
    KnownEvent,
    LandingFinished,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    PhaseFinished,
    ProviderLimited,
    ReduceRequested,
    RunResumed,
    RunStarted,
    RunTidied,
    SignalReceived,
    VerifyFinished,
    VerifyStarted,
    WorktreeCreated,
    WorktreeRemoved,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure, Item, RunSettings
from prodigy_tui.workflow.model import Workflow
from tests.support.invariants import check_invariants, check_step
from tests.support.make import START


class Simulation:
    """One simulated run."""

    def __init__(
        self,
        workflow: Workflow,
        seed: int,
        *,
        items: int,
        failing: float = 0.2,
        conflicting: float = 0.1,
        suspect: float = 0.0,
        asking: float = 0.0,
        limited: float = 0.0,
        broken: float = 0.0,
        attended: bool = True,
        settings: RunSettings = RunSettings(),  # noqa: B008 - frozen
    ):
        self.workflow = workflow
        self.chance = Random(seed)
        self.item_count = items
        self.failing = failing
        self.conflicting = conflicting
        self.suspect = suspect
        self.asking = asking
        self.limited = limited
        self.broken = broken
        """How likely the run branch itself turns out to fail verification."""
        self.attended = attended
        self.settling = Settling(workflow)
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
                outline=(), max_parallel=parallel, attended=attended, settings=settings,
            )
        )  # fmt: skip

    def record(self, event: KnownEvent) -> None:
        self.before = self.state
        envelope = Envelope(seq=self.state.last_seq + 1, at=self.now, event=event)
        self.state = evolve(self.state, envelope)
        self.history.append(envelope)
        self.check(envelope)
        self.most_at_once = max(self.most_at_once, self.state.counts.running)

    def check(self, envelope: Envelope) -> None:
        """Fails with the law that an event breaks."""
        check_invariants(self.state)
        check_step(self.before, self.state, envelope.event, self.now)

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
        outside = Outside(jitter=self.chance.random())
        for action in next_actions(self.settling.workflow(self.state), self.state, self.busy.keys(), self.now, outside):
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
        movable = [effect for effect in self.busy if not self.is_held_up(effect)]
        if movable and (woken is None or self.chance.random() < 0.8):
            self.complete(self.chance.choice(movable))
        elif woken is not None:
            self.now = max(self.now, woken)
        elif self.state.paused:
            self.record(SignalReceived(signal="resume"))
        elif len(self.state.gates):
            gate = self.chance.choice(sorted(self.state.gates.values(), key=lambda gate: gate.gate))
            assert self.attended, "nobody is there, so the run has to end"
            self.record(GateAnswered(gate=gate.gate, answer=self.chance.choice(gate.options)))
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
        elif isinstance(effect, MergeItems):
            onto = self.state.tip
            for entry in [self.state.items[item_id] for item_id in effect.item_ids]:
                self.record(MergeStarted(item_id=entry.item.id, attempt=entry.attempt, head=entry.head, onto=onto))

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
                phase = self.settling.workflow(self.state).map
                auto = phase.auto_parallel
                self.record(
                    ItemsLoaded(
                        items=items,
                        canary=canary_size(phase.canary, len(items)),
                        max_parallel=None if auto is None else max(1, min(auto.start, len(items))),
                    )
                )
            case JudgeCanary():
                if self.settling.workflow(self.state).map.canary.gate == "steps":
                    self.record(CanaryJudged(passed=self.chance.random() < 0.5))
                else:
                    options = ("approve", "deny")
                    self.record(GateOpened(gate="canary", kind="canary", question="?", options=options))
                    if self.state.settings.yes:
                        self.record(GateAnswered(gate="canary", answer="approve", by="option"))
            case StartAgent(item_id=item_id, attempt=attempt):
                self.finish_agent(item_id, attempt)
            case MergeItems(item_ids=item_ids):
                self.finish_batch(item_ids)
            case ProposeLanding() if not self.attended:
                self.record(LandingFinished(status="unmerged", target="main", message="landing was not asked for"))
            case ProposeLanding():
                gate = f"g{self.state.last_seq}"
                options = ("approve", "later")
                self.record(GateOpened(gate=gate, kind="landing", question="?", options=options))
            case Land():
                self.record(LandingFinished(status="landed", target="main", commit="c"))
            case CleanUp():
                for made in superfluous_worktrees(self.state):
                    self.record(WorktreeRemoved(path=made.path))
                self.record(RunTidied())

    def is_held_up(self, effect: Effect) -> bool:
        """An agent that has asked waits for its answer, and then for a slot."""
        return isinstance(effect, StartAgent) and self.state.items[effect.item_id].status == "waiting"

    def finish_agent(self, item_id: str, attempt: int) -> None:
        slot = self.state.items[item_id].slot
        if self.chance.random() < self.asking:
            self.busy[StartAgent(item_id, attempt, slot)] = None
            gate = f"{item_id}-{self.state.last_seq}"
            options = ("approve", "deny")
            self.record(GateOpened(gate=gate, kind="approve", question="?", options=options, item_id=item_id))
            return
        if self.chance.random() < self.limited:
            until = self.now + timedelta(seconds=self.chance.randint(1, 60))
            self.record(ProviderLimited(provider="claude", until=until, item_id=item_id))
        if self.chance.random() < self.suspect:
            failure = Failure(kind="agent", code="PT613", message="outside")
            self.record(
                AgentFinished(item_id=item_id, attempt=attempt, outcome="suspect", failure=failure, head="h", commits=1)
            )
            return
        if self.chance.random() < self.failing:
            failure = Failure(kind=self.chance.choice(["exit", "timeout"]), message="chance")
            self.record(AgentFinished(item_id=item_id, attempt=attempt, outcome="failed", failure=failure))
            return
        commits = self.chance.choice([0, 1, 2])
        head = f"h-{item_id}"
        self.record(AgentFinished(item_id=item_id, attempt=attempt, outcome="success", head=head, commits=commits))

    def finish_batch(self, item_ids: tuple[str, ...]) -> None:
        """A batch is verified, passes or does not; then nobody may be to blame."""
        verify = self.workflow.merge.agents.verify
        if verify is not None:
            ok = self.chance.random() >= self.conflicting
            self.record(VerifyStarted(item_ids=item_ids, commit="c"))
            batch, status = adapted(verify, self.state, ok=ok), "ok" if ok else "failed"
            self.record(VerifyFinished(item_ids=item_ids, commit="c", status=status, batch=batch))
            if self.chance.random() < self.broken:
                self.record(stop_of_base("chance"))
                self.break_off_merges()
                return
        for item_id in item_ids:
            self.finish_merge(item_id)

    def finish_merge(self, item_id: str) -> None:
        status = self.chance.choice(["conflict", "failed"]) if self.chance.random() < self.conflicting else "merged"
        tip = self.state.tip
        if status == "merged":
            self.merges.append(item_id)
            tip = f"{tip}+{item_id}"[-40:]
        attempt = self.state.items[item_id].attempt
        self.record(MergeFinished(item_id=item_id, attempt=attempt, status=status, tip=tip))

    def cancel(self, effect: Effect) -> None:
        del self.busy[effect]
        if isinstance(effect, StartAgent):
            wanted = effect.item_id in self.state.stopping_items
            outcome = "cancelled" if wanted else "interrupted"
            self.record(AgentFinished(item_id=effect.item_id, attempt=effect.attempt, outcome=outcome))
        elif isinstance(effect, MergeItems):
            self.break_off_merges()

    def break_off_merges(self) -> None:
        """Of the merges under way some have happened, the first ones; the others go back to the queue."""
        merges = list(self.state.merges.values())
        happened = self.chance.randint(0, len(merges))
        for started in merges[:happened]:
            self.finish_merge(started.item_id)
        for started in reversed(merges[happened:]):
            self.record(MergeInterrupted(item_id=started.item_id, attempt=started.attempt))

    def signal(self) -> None:
        """A person asks for something."""
        some = f"i{self.chance.randrange(max(self.item_count, 1))}"
        wishes = ["pause", "resume", "set-parallel", "stop-item", "skip", "retry", "drain", "discard", "reduce"]
        wish = self.chance.choice(wishes)
        if wish == "set-parallel":
            self.record(SignalReceived(signal="set-parallel", number=self.chance.randint(1, 6)))
        elif wish == "retry":
            entry = self.state.items.get(some)
            if entry is not None and entry.status in ("dead", "skipped", "cancelled") and entry.discarded is None:
                self.record(ItemRequeued(item_id=some))
        elif wish == "discard":
            if some in self.state.dead_letters:
                self.record(ItemDiscarded(item_id=some))
        elif wish == "reduce":
            self.record(ReduceRequested())
        else:
            self.record(SignalReceived(signal=wish, item_id=some if wish in ("stop-item", "skip") else None))

    def resume(self) -> None:
        """Another process takes the run up after it ended or was stopped."""
        self.busy.clear()
        self.record(RunResumed(version="1", attended=self.attended, yes=self.state.settings.yes))
