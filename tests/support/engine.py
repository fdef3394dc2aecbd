"""Whole runs of the engine: a real repository, a state folder, a workflow as YAML text, and what became of it.

Every run is checked when it comes to rest: its log folds to its state, the state keeps its laws, no process and no task
is left, and after a landing no worktree, branch or private ref either.
"""

import asyncio
import os
import random
import textwrap
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from prodigy_tui.agents import PROVIDERS
from prodigy_tui.clock import Clock, SystemClock
from prodigy_tui.engine.assembly import Services
from prodigy_tui.engine.session import RunSession
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import Envelope, SignalReceived, StepFinished
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import RunSettings
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.status import look_at
from prodigy_tui.ids import RunId
from prodigy_tui.process import Masker
from prodigy_tui.storage.paths import RunFolder, StateHome
from prodigy_tui.workflow.build.context import Surroundings
from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.problems import to_lines
from tests.support.gitrepo import GitRepo
from tests.support.invariants import check_invariants

E = TypeVar("E")
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run at rest."""

    state: RunState
    envelopes: tuple[Envelope, ...]
    folder: RunFolder
    repo: GitRepo

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind, oldest first."""
        return [envelope.event for envelope in self.envelopes if isinstance(envelope.event, kind)]

    def item(self, item_id: str) -> ItemState:
        return self.state.items[item_id]

    def statuses(self) -> dict[str, str]:
        """Item -> status, in item order."""
        return {item_id: self.state.items[item_id].status for item_id in self.state.order}

    def steps(self, item_id: str | None = None) -> dict[str, str]:
        """Path -> status of the steps that ended; of an item, or of all phases in the run's worktree."""
        return {event.path: event.status for event in self.of(StepFinished) if event.item_id == item_id}

    def said(self, phase: str = "steps") -> dict[str, str]:
        """Path -> output of the steps of a phase."""
        found = self.state.phases[phase].steps
        return {path: record.result.output for path, record in sorted(found.items()) if record.result is not None}

    def log(self, stream: str) -> str:
        """The readable log of a stream such as `phases/steps`."""
        return self.folder.stream(stream).with_suffix(".log").read_text("utf-8")

    def artifact(self, name: str) -> bytes:
        return self.folder.artifact(name).read_bytes()

    def files(self, commit: str | None = None) -> dict[str, str]:
        """Path -> content at a commit; without one at the tip of the run."""
        return self.repo.files(commit or self.state.tip)

    def branches(self) -> list[str]:
        """The branches of this run."""
        listing = self.repo.git(
            "for-each-ref", "--format=%(refname:lstrip=2)", f"refs/heads/prodigy/{self.state.run_id}"
        )
        return listing.splitlines()

    def warnings(self) -> str:
        return "\n".join(warned.message for warned in self.state.warnings)


class Live:
    """A run while it is driven."""

    def __init__(self, session: RunSession, bus: Bus) -> None:
        self.session = session
        self.driving = asyncio.create_task(session.run())
        self._changed = asyncio.Event()
        bus.subscribe(lambda _: self._changed.set())

    @property
    def state(self) -> RunState:
        return self.session.state

    def send(self, signal: str, item_id: str | None = None, **fields: Any) -> None:
        self.session.send(SignalReceived(signal=signal, item_id=item_id, **fields))

    async def until(self, reached: Callable[[RunState], bool]) -> None:
        """Waits until the state is so."""
        async with asyncio.timeout(PATIENCE_S):
            while not reached(self.state):
                self._changed.clear()
                await self._changed.wait()

    async def until_file(self, file: Path) -> None:
        """Waits until a step has made a file; steps cannot tell the log in their midst."""
        async with asyncio.timeout(PATIENCE_S):
            while not await asyncio.to_thread(file.exists):  # noqa: ASYNC110 - the other side is a shell
                await asyncio.sleep(0.01)


class Lab:
    """A repository with one commit on `main`, and the engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = GitRepo.begun(folder / "repo")
        self.home = StateHome(folder / "state")
        self.environ: dict[str, str] = dict(os.environ)
        self.outside = folder / "outside"
        """A folder for what steps tell tests; nothing of git is there."""
        self.outside.mkdir()
        self.environ["OUTSIDE"] = str(self.outside)
        self._token = uuid.uuid4().hex[:8]
        """Tests may run at once, and processes are found by the name of their run."""
        self.rings = 0
        """How often the bell has been rung."""
        self._repository: Repository | None = None
        self._count = 0
        self._parameters: Mapping[str, Any] = {}
        """Of the workflow that was loaded last: those with a default."""
        self.patience_s = PATIENCE_S
        """How long a process may take to come to its end."""

    def workflow(self, text: str) -> Workflow:
        """Loads a workflow; warnings are fine, errors fail the test."""
        surroundings = Surroundings(providers={name: provider.check_options for name, provider in PROVIDERS.items()})
        loaded = load_text(textwrap.dedent(text), "work.yml", None, surroundings)
        assert loaded.workflow is not None, "\n".join(to_lines(loaded.problems))
        self._parameters = loaded.parameters
        return loaded.workflow

    def services(self, bus: Bus, clock: Clock | None = None, *, interactive: bool = False) -> Services:
        repository = self._repository = self._repository or Repository.open(self.repo.path)
        return Services(
            clock=clock or SystemClock(),
            repository=repository,
            home=self.home.repository(repository.common_dir),
            bus=bus,
            providers=PROVIDERS,
            environ=self.environ,
            random=random.Random(1),
            masker=Masker(),
            version="1",
            folder=self.folder,
            interactive=interactive,
            bell=self._ring,
        )

    def _ring(self) -> None:
        self.rings += 1

    async def run(self, text: str, *, merge: str = "no", clock: Clock | None = None, **settings: Any) -> Ran:
        """Drives a new run of a workflow to its end."""
        async with self.live(text, merge=merge, clock=clock, **settings) as live:
            pass
        return self.ran(live)

    @asynccontextmanager
    async def live(
        self, text: str, *, merge: str = "no", clock: Clock | None = None, interactive: bool = False, **settings: Any
    ) -> AsyncIterator[Live]:
        """A run that is under way inside the block, and is driven to its end when the block is left."""
        workflow = self.workflow(text)
        self._count += 1
        bus = Bus()
        services = self.services(bus, clock, interactive=interactive)
        session = await RunSession.create(
            services,
            workflow=workflow,
            text=textwrap.dedent(text),
            file="work.yml",
            run_id=RunId(f"run-{self._token}-{self._count}"),
            settings=RunSettings(merge=merge, **settings),
            start=services.repository.start_point(look_at(services.repository.top)),
            parameters=self._parameters,
        )
        async with self._driven(session, bus) as live:
            yield live

    async def reopen(
        self,
        ran: Ran,
        *signals: SignalReceived,
        merge: str = "no",
        landing_only: bool = False,
        clock: Clock | None = None,
        max_parallel: int | None = None,
        **more: Any,
    ) -> Ran:
        """Takes a run up as another process would and drives it to its end."""
        bus = Bus()
        session = await RunSession.reopen(
            self.services(bus, clock),
            ran.folder,
            merge=merge,
            landing_only=landing_only,
            max_parallel=max_parallel,
            **more,
        )
        for signal in signals:
            session.take(signal)
        async with self._driven(session, bus) as live:
            pass
        return self.ran(live)

    @asynccontextmanager
    async def live_again(self, folder: RunFolder, *, clock: Clock | None = None) -> AsyncIterator[Live]:
        """A run that another process takes up, with somebody who can answer, and drives to its end."""
        bus = Bus()
        session = await RunSession.reopen(self.services(bus, clock, interactive=True), folder, merge="no")
        async with self._driven(session, bus) as live:
            yield live

    @asynccontextmanager
    async def _driven(self, session: RunSession, bus: Bus) -> AsyncIterator[Live]:
        live = Live(session, bus)
        try:
            yield live
            async with asyncio.timeout(self.patience_s):
                await live.driving
        finally:
            live.driving.cancel()
            await asyncio.gather(live.driving, return_exceptions=True)
            await session.close()

    def ran(self, live: Live) -> Ran:
        """What the run has come to, once checked."""
        folder = live.session.folder
        ran = Ran(state=live.state, envelopes=tuple(read_events(folder.events)), folder=folder, repo=self.repo)
        check_at_rest(ran)
        return ran


def check_at_rest(ran: Ran) -> None:
    """Fails with what a run has left behind or got wrong."""
    state = ran.state
    assert fold(ran.envelopes) == state, "the log says what the state says"
    check_invariants(state)
    assert state.ended_at is not None, "the run is over"
    assert not state.slots, "no agent is at work"
    assert processes_of(state.run_id) == [], "no process is left"
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert others == [], "no task is left"
    git_folder = ran.repo.path / ".git"
    locks = [Path(at, name) for at, _, names in os.walk(git_folder) for name in names if name.endswith(".lock")]
    if state.stop is not None and state.stop.kind == "kill":  # locks of our own are taken away by the next process
        ours = (
            git_folder / "worktrees",
            *(git_folder / name / state.run_id for name in ("refs/heads/prodigy", "refs/prodigy")),
        )
        locks = [lock for lock in locks if not any(lock.is_relative_to(folder) for folder in ours)]
    for path in state.kept:  # kept as the agent has left it
        locks = [lock for lock in locks if not lock.is_relative_to(git_folder / "worktrees" / Path(path).name)]
    assert locks == [], "git is not locked"
    if state.status == "interrupted":
        return
    landed = state.landing is not None and state.landing.status in ("landed", "nothing")
    goes_on = any(phase.status in ("failed", "interrupted") for phase in state.phases.values()) and not landed
    kept = {str(ran.folder.worktrees / "run")} if goes_on else set()
    kept |= set(state.agent_files) if state.settings.keep_worktrees else set(state.kept)
    assert set(state.worktrees) == kept, "no worktree is kept that nobody needs"
    known = {link.read_text().strip().removesuffix("/.git") for link in git_folder.glob("worktrees/*/gitdir")}
    assert {path for path in known if path.startswith(f"{ran.folder.path}/")} <= kept
    assert {str(path) for path in ran.folder.worktrees.iterdir() if path.name != ".trash"} <= kept
    failed = [e for e in state.items.values() if e.status != "success" and e.discarded is None]
    kept_attempts = [record for e in failed for record in e.history]
    unmade = {record.branch for record in kept_attempts if record.outcome in ("cancelled", "interrupted")}
    expected = {record.branch for record in kept_attempts} | {state.run_branch}
    ours = (f"refs/heads/prodigy/{state.run_id}", f"refs/prodigy/{state.run_id}")
    named = ran.repo.git("for-each-ref", "--format=%(refname) %(objectname)", *ours).splitlines()
    refs = dict(line.rsplit(" ", 1) for line in named)
    here = landed and (state.landing.status == "landed" or f"refs/heads/{state.run_branch}" not in refs)
    if here:  # of what came to the target by hand under other names the branch stays
        expected.discard(state.run_branch)
    branches = {name.removeprefix("refs/heads/") for name in refs if name.startswith("refs/heads/")}
    assert branches <= expected, "only branches that hold something are left"
    assert expected - branches <= unmade, "whatever holds something is left"
    if here:
        assert len(refs) == len(branches), "no private ref is left"
        if state.landing.commit:
            ran.repo.git("merge-base", "--is-ancestor", state.landing.commit, state.landing.target)
    else:
        assert refs[f"refs/heads/{state.run_branch}"] == state.tip, "the run branch holds everything"


def processes_of(run_id: str) -> list[str]:
    """Command lines of live processes that carry the mark of the run."""
    wanted = f"PRODIGY_AGENT_ID={run_id}:".encode()
    found = []
    if not Path("/proc").is_dir():
        return []
    for pid in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208 - at the end of every run: paths are slow
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - the same
                if b"\0" + wanted in b"\0" + file.read():
                    found.append(
                        Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    )
        except OSError:
            continue
    return found


def retry(*item_ids: str) -> Sequence[SignalReceived]:
    """What `dlq retry` sends."""
    return [SignalReceived(signal="retry", item_id=item_id) for item_id in item_ids]


MERGE = SignalReceived(signal="merge")
