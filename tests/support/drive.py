"""Runs driven in this process over a real repository, one session after the other, as processes would."""

import asyncio
import itertools
import os
import random
from pathlib import Path

from prodigy_tui.agents import PROVIDERS
from prodigy_tui.clock import Clock
from prodigy_tui.engine.assembly import Services
from prodigy_tui.engine.session import RunSession
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import MergeMode, RunSettings
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import RunId
from prodigy_tui.process import Masker
from prodigy_tui.storage.paths import RunFolder, StateHome
from prodigy_tui.workflow.load import load_text
from tests.support.clock import HurriedClock
from tests.support.gitrepo import GitRepo

SPEED = 20.0
"""How much faster than the machine's the clock of these runs goes."""

_numbers = itertools.count(1)


class Driver:
    """A repository, a state folder and the workflow of one run in them."""

    def __init__(self, place: Path, text: str, *, merge: MergeMode = "yes") -> None:
        self.repo = GitRepo.begun(place / "repo")
        self.text = text
        self.merge: MergeMode = merge
        # Recovery ends every process of its run: runs of tests side by side must not share an id.
        self.run_id = RunId(f"test-{os.getpid()}-{next(_numbers)}")
        self._home = StateHome(place / "state")
        self._repository = Repository.open(self.repo.path)

    @property
    def folder(self) -> RunFolder:
        return self._home.repository(self._repository.common_dir).run(self.run_id)

    def services(self, clock: Clock | None = None) -> Services:
        return Services(
            clock=clock or HurriedClock(SPEED),
            repository=self._repository,
            home=self._home.repository(self._repository.common_dir),
            bus=Bus(),
            providers=PROVIDERS,
            environ=dict(os.environ),
            random=random.Random(1),
            masker=Masker(),
            version="1",
            interactive=False,
        )

    async def create(self) -> RunSession:
        workflow = load_text(self.text, name="golden.yml").require()
        return await RunSession.create(
            self.services(),
            workflow=workflow,
            text=self.text,
            file="golden.yml",
            run_id=self.run_id,
            settings=RunSettings(merge=self.merge),
            start=self._repository.start_point(),
        )

    async def reopen(self) -> RunSession:
        return await RunSession.reopen(self.services(), self.folder, merge=self.merge)

    def start(self) -> RunState:
        """Makes the run and drives it to its end."""
        return asyncio.run(self._drive(first=True))

    def resume(self) -> RunState:
        """Takes the run up and drives it to its end."""
        return asyncio.run(self._drive(first=False))

    def go_on(self) -> RunState:
        """Drives the run to its end, from its start or from where it was left."""
        return self.resume() if self.folder.events.exists() else self.start()

    async def _drive(self, *, first: bool) -> RunState:
        session = await (self.create() if first else self.reopen())
        try:
            return await session.run()
        finally:
            await session.close()
