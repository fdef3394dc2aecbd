"""Bad weather for whole runs of the engine: a workflow whose agents do all that agents do, people who interfere, and
what has to be true of the repository in the end. All from a seed; what comes when is up to the machine.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any

from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.item_state import FINAL
from prodigy_tui.events.schema import Envelope, GateOpened, SignalReceived
from prodigy_tui.events.state import RunState
from tests.support.engine import Live, Ran
from tests.support.gitrepo import GitRepo
from tests.support.invariants import check_invariants, check_step
from tests.support.ledger import Ledger

CHECKED_EVERY = 100
"""Events between two looks at every item."""

THOUGHT_S = 0.05
"""Real seconds of quiet after which somebody does something."""

PARALLEL = 6

WORKFLOW = """
name: weather
env: {{}}
budget: {{usd: {usd}, on_exceed: pause}}
error_policy:
  on_item_failure: {reaction}
  circuit_breaker: {{failure_threshold: 5, success_threshold: 1, timeout: 20s, half_open_requests: 2, max_opens: 50}}
map:
  input: {items}
  id_field: id
  max_parallel: {parallel}
  canary: {{count: 3, gate: approve}}
  paths: ['out/**', 'shared.txt']
  retry: {{attempts: 3, backoff: fixed, initial_delay: 5s}}
  agent_template:
    - agent:
        prompt: do ${{item.id}}
        provider: scripted
        options: {{script: {script}}}
      timeout: 60s
    - approve: {{question: 'Keep ${{item.id}}?', options: [approve, deny]}}
      when: item.asks
"""


def workflow(chance: Random, count: int) -> str:
    """A map over so many items; some are easy, and of some only the third attempt goes well, if any."""
    items, script = [], []
    for number in range(count):
        name = f"n{number:03}"
        items.append({"id": name, "asks": chance.random() < 0.1})
        for attempt in (1, 2, 3):
            script.append({"match": f"^do {name}$", "attempt": attempt, "do": _deeds(chance, name)})
        script.append({"match": f"^do {name}$", "do": _good(name)})
    reaction = chance.choice(["dlq", "skip"])
    return WORKFLOW.format(
        items=json.dumps(items),
        script=json.dumps(script),
        reaction=reaction,
        parallel=PARALLEL,
        usd=round(count * 0.02, 2),
    )


def _good(name: str) -> list[dict[str, object]]:
    return [
        {"usage": {"input_tokens": 10, "output_tokens": 5, "usd": 0.01}},
        {"write": {"path": f"out/{name}.txt", "content": f"{name}\n"}},
        {"commit": f"make {name}"},
        {"say": "done"},
    ]


def _deeds(chance: Random, name: str) -> list[dict[str, object]]:
    """What an agent does in one attempt."""
    good = _good(name)
    shared = {"write": {"path": "shared.txt", "content": f"{name}\n"}}
    match chance.choices(
        ["good", "fail", "late", "hang", "limit", "conflict", "suspect", "nothing", "left"],
        [40, 18, 6, 3, 8, 10, 5, 5, 5],
    )[0]:
        case "fail":
            return [*good[:1], {"fail": "not today"}]
        case "late":
            return [*good[:3], {"fail": "too late"}]
        case "hang":
            return [*good[:1], {"wait": "10m"}]
        case "limit":
            return [{"limit": f"{chance.randint(5, 20)}s"}, *good]
        case "conflict":
            return [*good[:1], {"wait": f"{chance.randint(1, 10)}s"}, shared, *good[1:]]
        case "suspect":
            return [*good[:2], {"write": {"path": f"elsewhere/{name}.txt", "content": "x"}}, *good[2:]]
        case "nothing":
            return [{"say": "nothing to do"}]
        case "left":
            return [*good[:3], {"write": {"path": f"out/left-{name}.txt", "content": "x"}}, good[3]]
        case _:
            return good


# ------------------------------------------------------------------------------------------------------------- people

WISHES = (
    *("pause", "resume", "set-parallel") * 2,
    *("stop-item", "skip", "retry") * 3,
    *("drain", "stop", "kill"),
)


class People:
    """They answer what they are asked, now and then, and interfere as long as the storm lasts."""

    def __init__(self, chance: Random, *, every: tuple[int, int] = (8, 30)) -> None:
        self._chance = chance
        self._every = every
        self.wished: Counter[str] = Counter()

    async def meddle(self, live: Live, *, stormy: bool) -> None:
        """Interferes with a run until it is over."""
        due = self._next(live.state)
        while not live.driving.done():
            seq = live.state.last_seq
            await asyncio.wait({live.driving}, timeout=THOUGHT_S)
            state = live.state
            if state.ended_at is not None:
                continue
            quiet = state.last_seq == seq
            if stormy and state.last_seq >= due:
                self._wish(live)
                due = self._next(state)
            elif quiet or self._chance.random() < 0.3:
                self._answer(live)
                if state.paused:
                    _send(live, "resume")

    def _next(self, state: RunState) -> int:
        return state.last_seq + self._chance.randint(*self._every)

    def _answer(self, live: Live) -> None:
        for gate in sorted(live.state.gates.values(), key=lambda gate: gate.gate):
            if live.state.ended_at is not None:
                return
            _send(live, "answer", gate=gate.gate, answer=self.answer(gate))

    def answer(self, gate: GateOpened) -> str:
        """What they say; mostly yes."""
        return gate.options[0] if self._chance.random() < 0.8 or gate.kind == "budget" else gate.options[-1]

    def _wish(self, live: Live) -> None:
        wish, state = self._chance.choice(WISHES), live.state
        if not state.order:
            return
        self.wished[wish] += 1
        if wish == "set-parallel":
            _send(live, wish, number=self._chance.randint(1, PARALLEL))
        elif wish in ("stop-item", "skip"):
            at_work = sorted(state.slots.values())
            _send(live, wish, self._chance.choice(at_work if at_work and self._chance.random() < 0.7 else state.order))
        elif wish == "retry":
            settled = [one for one in state.order if state.items[one].status in FINAL - {"success"}]
            if settled:
                _send(live, wish, self._chance.choice(settled))
        else:
            _send(live, wish)


def _send(live: Live, signal: str, item_id: str | None = None, **fields: Any) -> None:
    """Sends a signal that is taken at once, so that whoever sent it to a dying process hears of its death."""
    live.session.take(SignalReceived(signal=signal, item_id=item_id, **fields))


# ---------------------------------------------------------------------------------------------------------- what holds


def audit(envelopes: Iterable[Envelope]) -> Ledger:
    """Fails with the law that the state broke after any of the events."""
    ledger, state = Ledger(), RunState()
    for envelope in envelopes:
        before, state = state, evolve(state, envelope)
        ledger.take(envelope, state)
        check_step(before, state, envelope.event, envelope.at)
        if envelope.seq % CHECKED_EVERY == 0:
            check_invariants(state)
    check_invariants(state)
    ledger.check(state)
    return ledger


def check_repository(ran: Ran) -> None:
    """Every merged item is in the run branch exactly once, and of the others nothing is."""
    state, repo = ran.state, ran.repo
    merged = {one for one, entry in state.items.items() if entry.merged}
    assert merges_of(repo, state.run_branch) == dict.fromkeys(merged, 1), "each item is merged exactly once"
    held = set(repo.git("rev-list", state.run_branch).splitlines())
    for one, entry in state.items.items():
        made = [record.head for record in entry.history if record.head and record.head != record.base]
        inside = held.intersection(made)  # attempts that do the same on the same base make the same commit
        assert inside == ({entry.head} if one in merged else set()), f"{one} is {entry.status}: {inside} of {made}"
    files = {path.removeprefix("out/").removesuffix(".txt") for path in repo.files(state.run_branch) if "out/n" in path}
    assert files == {state.items[one].item.data["id"] for one in merged}, "the tree holds what was merged"


def merges_of(repo: GitRepo, target: str) -> Counter[str]:
    """How often each item was merged into what is on `target`."""
    log = repo.git("log", "--format=%(trailers:key=Prodigy-Item,valueonly,separator=%x2C)", target)
    return Counter(line for line in log.splitlines() if line)
