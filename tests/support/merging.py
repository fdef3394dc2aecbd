"""Runs whose branches conflict, fail verification alone or in pairs, or only at times; and the law of their merges.

What has to come of such a run is what would come of it if every branch were merged alone, in the order of finishing.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import AgentFinished, Envelope, MergeFinished, MergeStarted, VerifyFinished
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.support.drive import Driver
from tests.support.invariants import check_invariants

TRAILER = "%(trailers:key=Prodigy-Item,valueonly,separator=%x2C)"

TEXT = """
name: merges
map:
  input: ITEMS
  max_parallel: PARALLEL
  agent_template:
    - shell: |
        echo ${item} > item-${item}.txt
        case " SHARED " in *" ${item} "*) echo ${item} > shared.txt;; esac
        case " STEERING " in *" ${item} "*) echo 'shared.txt merge=union' > .gitattributes;; esac
        case " BAD MENDED " in *" ${item} "*) touch bad-${item};; esac
        git add --all && git commit --quiet -m ${item}
merge:
  agents:
    verify:
      batch: BATCH
      steps:
        - shell: |
            test ! -e junk || exit 9
            tree=$(git rev-parse 'HEAD^{tree}')
            case $tree in [FLAKY]*) test -e OUTSIDE/$tree || { touch OUTSIDE/$tree; exit 1; };; esac
            ! ls bad-* 2> /dev/null || exit 2
            for pair in PAIRS; do test ! -e item-${pair%-*}.txt -o ! -e item-${pair#*-}.txt || exit 3; done
            touch junk && git add junk && git commit --quiet -m junk
      fix:
        shell: |
          for item in MENDED; do
            test ! -e bad-$item || { git rm --quiet bad-$item && git commit --quiet -m mended; }
          done
"""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong with the branches of a run."""

    items: int
    parallel: int
    batch: str
    shared: frozenset[int]
    """They write the same line of one file."""
    steering: frozenset[int]
    """They say how that file is merged."""
    bad: frozenset[int]
    """They fail verification, whatever they come together with."""
    mended: frozenset[int]
    """The same, until the step that mends has done its work."""
    pairs: frozenset[tuple[int, int]]
    """They fail together."""
    flaky: str
    """How the trees begin that fail when they are verified for the first time."""

    @classmethod
    def some(cls, chance: Random) -> "Trouble":
        items = chance.randint(3, 8)
        everybody = range(items)

        def few(likely: float) -> frozenset[int]:
            return frozenset(one for one in everybody if chance.random() < likely)

        bad = few(0.15)
        pairs = {tuple(sorted(chance.sample(everybody, 2))) for _ in range(chance.choice([0, 0, 1, 2]))}
        return cls(
            items=items,
            parallel=chance.choice([2, 3, items]),
            batch=chance.choice(["1", "2", "3", "8", "auto"]),
            shared=few(0.3),
            steering=frozenset() if chance.random() < 0.8 else frozenset(chance.sample(everybody, 1)),
            bad=bad,
            mended=few(0.15) - bad,
            pairs=frozenset((one, other) for one, other in pairs),
            flaky=chance.choice(["g", "g", "0-3", "0-9"]),
        )

    def workflow(self, outside: Path) -> str:
        words = {
            "ITEMS": str([str(one) for one in range(self.items)]),
            "PARALLEL": str(self.parallel),
            "SHARED": _words(self.shared),
            "STEERING": _words(self.steering),
            "BAD": _words(self.bad),
            "MENDED": _words(self.mended),
            "PAIRS": " ".join(f"{one}-{other}" for one, other in sorted(self.pairs)),
            "BATCH": self.batch,
            "FLAKY": self.flaky,
            "OUTSIDE": str(outside),
        }
        text = TEXT
        for word, meant in words.items():
            text = text.replace(word, meant)
        return text

    def passes(self, files: set[str]) -> bool:
        """Tells whether files pass verification in the end."""
        there = {int(name[5:-4]) for name in files if name.startswith("item-")}
        return not any(name.startswith("bad-") for name in files) and not any(
            one in there and other in there for one, other in self.pairs
        )

    def mend(self, files: set[str]) -> set[str]:
        """What the step that mends makes of files."""
        return files - {f"bad-{one}" for one in self.mended}


def _words(numbers: frozenset[int]) -> str:
    return " ".join(map(str, sorted(numbers)))


class Law:
    """What must be true of a run in trouble when it has come to its end."""

    def __init__(self, driver: Driver, state: RunState, trouble: Trouble) -> None:
        self.driver, self.state, self.trouble = driver, state, trouble
        self.envelopes: list[Envelope] = list(read_events(driver.folder.events))

    def check(self) -> None:
        check_invariants(self.state)
        assert fold(self.envelopes) == self.state, "the log tells the same"
        assert self.state.ended_at is not None
        assert {entry.status for entry in self.state.items.values()} <= {"success", "dead"}, "everybody has an end"
        self._once_and_in_order()
        self._only_verified_tips()
        self._blame()
        self._batches()

    def of(self, kind: type) -> list:
        return [envelope.event for envelope in self.envelopes if isinstance(envelope.event, kind)]

    def files(self, commit: str) -> set[str]:
        return set(self.driver.repo.git("ls-tree", "-r", "--name-only", commit).splitlines())

    def number(self, item_id: str) -> int:
        return int(self.state.items[item_id].item.data)

    def _once_and_in_order(self) -> None:
        span = f"{self.state.base}..{self.state.tip}"
        log = self.driver.repo.git("log", "--first-parent", "--reverse", f"--format={TRAILER}", span)
        merged = [line for line in log.splitlines() if line]
        everywhere = self.driver.repo.git("log", f"--format={TRAILER}", span).split()
        assert sorted(everywhere) == sorted(merged), "no merge hides in a branch"
        succeeded = [one for one, entry in self.state.items.items() if entry.status == "success"]
        assert sorted(merged) == sorted(succeeded), "who succeeds is there once, who fails is not"
        finished = [event.item_id for event in self.of(AgentFinished) if event.outcome == "success"]
        last = {item_id: place for place, item_id in enumerate(finished)}
        assert merged == sorted(merged, key=lambda one: last[one]), "in the order of finishing"

    def tips(self) -> list[str]:
        """Every value that the ref has had, the first one left out: where the run began."""
        log = self.driver.repo.path / f".git/logs/refs/prodigy/{self.state.run_id}/tip"
        return [line.split()[1] for line in log.read_text().splitlines()][1:]

    def _only_verified_tips(self) -> None:
        passed = {event.commit for event in self.of(VerifyFinished) if event.status == "ok"}
        for tip in self.tips():
            assert tip in passed, f"{tip} has been verified"
            assert self.trouble.passes(self.files(tip)), f"{tip} passes"
            assert "junk" not in self.files(tip), "what steps of verify commit is dropped"

    def _blame(self) -> None:
        """Who failed would have failed alone, upon what was merged before it."""
        for event in self.of(MergeFinished):
            if event.status not in ("conflict", "failed"):
                continue
            onto, head = (
                event.tip,
                next(one.head for one in reversed(self.of(MergeStarted)) if one.item_id == event.item_id),
            )
            joined = self._join(onto, head)
            if event.status == "conflict":
                assert joined is None, "who conflicts does so with what was merged before"
                continue
            assert event.failure is not None
            assert event.failure.code == "PT642"
            assert joined is not None
            assert not self.trouble.passes(self.trouble.mend(joined)), f"{self.number(event.item_id)} is rightly blamed"

    def _join(self, onto: str, head: str) -> set[str] | None:
        """The files of a merge, None where it conflicts."""
        folder = self.driver.folder.path / "law"
        repo = self.driver.repo
        repo.git("worktree", "add", "--quiet", "--detach", "--force", str(folder), onto)
        try:
            done = subprocess.run(
                ("git", "merge-tree", "--write-tree", onto, head), cwd=folder, capture_output=True, check=False
            )
            assert done.returncode in (0, 1)
            return self.files(done.stdout.decode().split()[0]) if done.returncode == 0 else None
        finally:
            repo.git("worktree", "remove", "--force", str(folder))

    def _batches(self) -> None:
        most = {"auto": 32}.get(self.trouble.batch) or int(self.trouble.batch)
        assert all(len(event.item_ids) <= most for event in self.of(VerifyFinished)), "a batch is no larger than wanted"
