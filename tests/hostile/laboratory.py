"""Whole runs over hostile items: an agent that echoes, and a guard over all that a run has no business with."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from prodigy_tui.agents.provider import AgentCall, AgentResult
from prodigy_tui.agents.scripted import ScriptedProvider
from prodigy_tui.engine.assembly import Services
from tests.support.engine import Lab

_OF_RUNS = ("objects", "refs", "worktrees", "logs", "packed-refs", "prodigy", "index", "ORIG_HEAD")
"""What git itself writes when branches and worktrees come and go."""


class Echo(ScriptedProvider):
    """An agent that answers with its prompt."""

    async def run(self, call: AgentCall, *arguments: Any, **keywords: Any) -> AgentResult:
        echo = {"script": [{"match": "", "do": [{"say": call.prompt}]}]}
        return await super().run(replace(call, options=echo), *arguments, **keywords)


@dataclass(frozen=True, slots=True)
class Guard:
    """Things outside of the worktrees, as they were."""

    folders: tuple[Path, ...]
    git: Path
    before: Mapping[str, tuple[int, bytes]]

    @classmethod
    def over(cls, git: Path, *folders: Path) -> "Guard":
        return cls(folders, git, _contents(git, folders))

    def check(self, *, but: Iterable[str] = ()) -> None:
        """Fails if anything has changed, but for files whose path begins with one of some words."""
        now = _contents(self.git, self.folders)
        changed = {path for path in {*now, *self.before} if now.get(path) != self.before.get(path)}
        unexpected = {path for path in changed if not path.startswith(tuple(but))}
        assert unexpected == set(), "a run touches its worktrees alone"


def _contents(git: Path, folders: Iterable[Path]) -> dict[str, tuple[int, bytes]]:
    found = {}
    for folder in folders:
        for file in _files(folder):
            inner = file.relative_to(folder)
            if inner.parts[0] != ".git":
                found[f"{folder.name}/{inner}"] = (file.lstat().st_mode, file.read_bytes())
    for file in _files(git):
        inner = file.relative_to(git)
        if inner.parts[0] not in _OF_RUNS:
            found[f".git/{inner}"] = (file.lstat().st_mode, file.read_bytes())
    return found


def _files(folder: Path) -> list[Path]:
    """All files below a folder; Python's own walks end at a thousand levels."""
    listed = subprocess.run(["find", folder, "!", "-type", "d", "-print0"], capture_output=True, check=True)
    return [Path(os.fsdecode(path)) for path in listed.stdout.split(b"\0")[:-1]]


class HostileLab(Lab):
    """The laboratory with agents that echo, items in a file, and a guard."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.canary = folder / "canary"
        for name in ("etc/passwd", ".bashrc", "config", "a"):
            file = self.canary / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("untouched\n")
        self.environ["HOME"] = str(self.canary)
        self.guard = Guard.over(self.repo.path / ".git", self.canary, self.repo.path)

    def services(self, *arguments: Any, **keywords: Any) -> Services:
        return replace(super().services(*arguments, **keywords), providers={"scripted": Echo()})

    def items(self, items: Iterable[Any]) -> None:
        """Writes the items where `setup: [cp $OUTSIDE/items.json .]` finds them."""
        (self.outside / "items.json").write_text(json.dumps(list(items)))

    def arrived(self, index: int) -> dict[str, bytes]:
        """What the steps of an item have told, by place."""
        folder = self.outside / str(index)
        return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}
