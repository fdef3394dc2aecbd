"""A run is found by what was typed of its id."""

import pickle
from pathlib import Path

import pytest

from prodigy_tui.errors import ExitCode
from prodigy_tui.storage import RunAmbiguous, RunFolder, RunNotFound, find_run

RUNS = tuple(RunFolder(Path("/runs") / name) for name in ("fix", "fix-lint", "flow-1", "flow-2"))


@pytest.mark.parametrize(("typed", "found"), [("fix-", "fix-lint"), ("fix", "fix"), ("flow-2", "flow-2")])
def test_exact_id_or_unique_prefix_finds_the_run(typed: str, found: str):
    assert find_run(RUNS, typed).run_id == found


@pytest.mark.parametrize("typed", ["", "lint", "../fix"])
def test_unknown_run_is_named(typed: str):
    with pytest.raises(RunNotFound) as caught:
        find_run(RUNS, typed)

    assert repr(typed) in caught.value.message
    assert caught.value.exit_code is ExitCode.USAGE


def test_ambiguous_prefix_lists_the_candidates():
    with pytest.raises(RunAmbiguous, match="4 runs begin with 'f': fix, fix-lint, flow-1, flow-2; type more") as caught:
        find_run(RUNS, "f")

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
