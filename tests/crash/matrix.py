"""The crash matrix: the program dies at every event of a run that uses everything, in every way, and again meanwhile.

`python -m tests.crash.matrix --jobs 2` tries all cases, `--part 0.3 --seed 7` that part of them, `--case 40:torn` or
`--case 40:torn:5:lost` a single one. The cases that fail are named, with what is left of them, and figures end it.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.crash.everything import Story
from tests.crash.several_logs import Death
from tests.support.crash import MODES, Mode, SimulatedCrash
from tests.support.gitrepo import hermetic

NEVER = 10**9
LIMIT_S = 300
"""A case that takes longer does not end."""

RECOVERY_EVENTS = 40
"""How far into its life the second process may die."""

TOLD_EVERY = 20
"""Cases between two signs of life."""

PLACES = ("session", "called.called_runs")
"""Where logs are opened."""


@dataclass(frozen=True, slots=True)
class Case:
    """Where the first process dies, and where the second does if it dies, too."""

    at: int
    mode: str
    """One of the modes of a crash at an event, or `git`: after a git command that writes."""
    again: tuple[int, Mode] | None = None

    def __str__(self) -> str:
        return ":".join(map(str, (self.at, self.mode, *(self.again or ()))))

    @classmethod
    def parse(cls, text: str) -> "Case":
        at, mode, *again = text.split(":")
        return cls(int(at), mode, (int(again[0]), again[1]) if again else None)  # type: ignore[arg-type] - a mode

    def deaths(self) -> Iterator[Death]:
        yield Death(self.at, "after", after_git=True) if self.mode == "git" else Death(self.at, self.mode)  # type: ignore[arg-type] - a mode
        if self.again is not None:
            yield Death(*self.again)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """The run that nothing happens to."""

    events: int
    commands: int
    first_act: tuple[int, int]
    """How many of both belong to the first act."""
    told: list[dict[str, Any]]


def undisturbed(place: Path) -> Undisturbed:
    """Tells the story without a crash."""
    story, never = Story(place), Death(NEVER, "after")
    assert live(story, never, acts=1), "nothing happens to it"
    first_act = (never.count, never.commands)
    assert live(story, never), "nor then"
    return Undisturbed(events=never.count, commands=never.commands, first_act=first_act, told=story.told)


def live(story: Story, death: Death, *, acts: int = 2) -> bool:
    """One process that goes on with the story until it dies, or to the end of so many acts, which it tells."""
    with pytest.MonkeyPatch.context() as patch:
        for place in PLACES:
            patch.setattr(f"prodigy_tui.engine.{place}.EventLog", death.log())
        death.take_git(patch)
        try:
            story.go_on(acts)
        except SimulatedCrash:
            assert death.happened
            return False
    return True


def survive(case: Case, place: Path, whole: Undisturbed | None = None) -> bool:
    """Dies as the case says and goes on; tells whether the first death came at all.

    Fails unless the end is as it has to be, and as that of the whole run if there is one to compare with. After one
    death in the first act the second is left out.
    """
    story, deaths = Story(place), list(case.deaths())
    early = whole is not None and case.again is None and case.at < whole.first_act[case.mode == "git"]
    for death in (*deaths, Death(NEVER, "after")):
        if live(story, death, acts=1 if early else 2):
            break
    assert len(story.told) == (1 if early else 2)
    for told, expected in zip(story.told, whole.told if whole else (), strict=False):
        assert told == expected, _difference(told, expected)
    return deaths[0].happened


def _difference(told: dict[str, Any], expected: dict[str, Any]) -> str:
    return json.dumps(
        {
            f"{part}.{key}": {"is": repr(value), "was": repr(expected[part].get(key))}
            for part in told
            for key, value in told[part].items()
            if value != expected[part].get(key)
        },
        indent=1,
    )


def all_cases(whole: Undisturbed) -> list[Case]:
    """Every event in every way, every git command, and at every event one death of the process that goes on."""
    chance = random.Random(0)
    events = range(2, whole.events + 1)
    return [
        *(Case(at, mode) for at in events for mode in MODES),
        *(Case(at, "git") for at in range(1, whole.commands + 1)),
        *(Case(at, chance.choice(MODES), (chance.randint(2, RECOVERY_EVENTS), chance.choice(MODES))) for at in events),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a case."""

    case: Case
    reached: bool
    trouble: str
    place: str


def _try(task: tuple[Case, Undisturbed, Path]) -> Tried:
    case, whole, folder = task
    place = folder / str(case).replace(":", "-")
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LIMIT_S)
    try:
        reached = survive(case, place, whole)
    except (Exception, SimulatedCrash) as error:  # noqa: BLE001 - whatever it is, the other cases go on
        told = "".join(traceback.format_exception(error)[-4:])
        return Tried(case=case, reached=True, trouble=told, place=str(place))
    finally:
        signal.alarm(0)
    shutil.rmtree(place)
    return Tried(case=case, reached=reached, trouble="", place=str(place))


def _too_long(_: int, __: FrameType | None) -> None:
    raise TimeoutError(f"not at its end after {LIMIT_S} seconds")


@contextlib.contextmanager
def own_git_settings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        hermetic(patch)
        yield


def try_cases(cases: Sequence[Case], whole: Undisturbed, folder: Path, jobs: int) -> Iterator[Tried]:
    """Tries cases side by side; yields what came of each as it comes."""
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(_try, [(case, whole, folder) for case in cases])


def main(arguments: Sequence[str] | None = None) -> int:
    """Tries what is asked for and prints figures; 1 if a case fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.matrix", description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="which part of the cases, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--case", type=Case.parse, action="append", help="only this one, as it is named when it fails")
    parser.add_argument("--minutes", type=float, default=NEVER, help="begin no case after so many")
    options = parser.parse_args(arguments)
    folder, began = Path(tempfile.mkdtemp(prefix="matrix-")), time.monotonic()
    counts = {"cases": 0, "not_reached": 0, "failures": 0}
    with own_git_settings():
        whole = undisturbed(folder / "undisturbed")
        cases = options.case or all_cases(whole)
        of = len(cases)
        if options.part < 1:
            cases = random.Random(options.seed).sample(cases, round(of * options.part))
        with contextlib.closing(try_cases(cases, whole, folder, options.jobs)) as tried:
            for one in tried:
                counts["cases"] += 1
                counts["not_reached"] += not one.reached
                if one.trouble:
                    counts["failures"] += 1
                    print(f"FAILED {one.case} in {one.place}\n{one.trouble}", flush=True)
                if counts["cases"] % TOLD_EVERY == 0:
                    print(f"{counts['cases']} of {len(cases)}", file=sys.stderr, flush=True)
                if time.monotonic() - began > options.minutes * 60:
                    break
    if not counts["failures"]:
        shutil.rmtree(folder)
    figures = {"events": whole.events, "git_commands": whole.commands, "of": of, **counts}
    print(json.dumps({**figures, "seed": options.seed, "seconds": round(time.monotonic() - began)}), flush=True)
    return 1 if counts["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
