"""A project to call the program in: files in, exit code, output and tree out. The program runs in this process."""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prodigy_tui.cli.main import run_program
from prodigy_tui.events.codec import encode
from prodigy_tui.events.schema import Envelope
from prodigy_tui.storage import RunFolder, StateHome
from tests.support.gitrepo import GitRepo
from tests.support.published import check_printed


@dataclass(frozen=True, slots=True)
class Called:
    """What a call of the program came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout, which is one JSON document."""
        return json.loads(self.out)


class Project:
    """A repository, a state folder, and the program."""

    def __init__(self, repo: GitRepo, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.repo = repo
        self.home = home
        self._capture = capture

    def call(self, *arguments: str | Path) -> Called:
        """Calls the program in the repository."""
        self._capture.readouterr()
        code = run_program([str(argument) for argument in arguments])
        captured = self._capture.readouterr()
        check_printed(captured.out)
        return Called(code, captured.out, captured.err)

    def workflow(self, text: str, name: str = "work.yml") -> str:
        """Writes a workflow beside the repository, so that it changes nothing in it, and returns its path."""
        path = self.home.parent / name
        path.write_text(textwrap.dedent(text), "utf-8")
        return str(path)

    def folder(self, run_id: str) -> RunFolder:
        return StateHome(self.home).repository(self.repo.path / ".git").run(run_id)

    def record(self, envelopes: Sequence[Envelope], run_id: str | None = None) -> RunFolder:
        """Puts a finished run's log where the program looks for it."""
        folder = self.folder(run_id or getattr(envelopes[0].event, "run_id", "run"))
        folder.create()
        folder.events.write_bytes(b"".join(encode(envelope) for envelope in envelopes))
        return folder

    def runs(self) -> list[str]:
        """The ids of the runs here, newest first."""
        return [folder.run_id for folder in StateHome(self.home).runs()]
