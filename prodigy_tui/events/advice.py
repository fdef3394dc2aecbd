"""What a person can do about a landing that was refused, dead letters and what reduce lacks. Pure."""

import re
import shlex

from msgspec import Struct

from prodigy_tui.events.endings import missed_by_reduce
from prodigy_tui.events.evolve_items import BEGUN
from prodigy_tui.events.state import RunState
from prodigy_tui.wording import first_of

_NAMED = 5
"""With more files in the way than this no command names them."""
_PLAIN_PATH = r"[\w./+@ -]+"
"""Paths that git takes as they are: no pattern, nothing that was replaced for showing."""


class Advice(Struct, frozen=True, kw_only=True):
    """What to do, in words and as commands for a shell, in this order."""

    text: str
    commands: tuple[str, ...]


def landing_advice(state: RunState) -> Advice | None:
    """Returns what brings the run onto its target after all; `None` where it has not ended or nothing is in the way."""
    landing = state.landing
    if state.ended_at is None or landing is None or landing.status not in ("refused", "conflict"):
        return None
    merge = f"prodigy-tui merge {state.run_id}"
    if landing.target != state.target:
        merge += f" --into {shlex.quote(landing.target)}"
    if landing.strategy != "merge":
        merge += f" --strategy {landing.strategy}"
    if landing.status == "conflict":
        # Git checks a branch out once: where it is checked out already, nobody can switch to it elsewhere.
        switch = () if landing.worktree else (_git(state, "switch", landing.target),)
        commands = (*switch, _git(state, "merge", state.run_branch), merge)
        return Advice(text="merge it by hand, commit, and let the run find it landed", commands=commands)
    if not landing.paths:
        return Advice(text="put that right, then land it", commands=(merge,))
    text = "commit your changes or put them aside, then land it"
    if len(landing.paths) > _NAMED or not all(re.fullmatch(_PLAIN_PATH, path) for path in landing.paths):
        return Advice(text=text, commands=(_git(state, "status"), merge))
    aside = _git(state, "stash", "push", "--all", "--", *landing.paths)
    return Advice(text=text, commands=(aside, merge, _git(state, "stash", "pop")))


def landing_refusal(state: RunState) -> str:
    """Returns what kept a run that has ended from landing, for a person to put right; empty where nothing did."""
    landing = state.landing
    if landing is None or landing_advice(state) is None:
        return ""
    if landing.status != "conflict" or not landing.paths:
        return landing.message or f"{landing.target} could not be changed"
    return f"conflict with {landing.target} in {first_of(landing.paths, _NAMED)}"


def retry_command(state: RunState, chosen: str = "--all") -> str:
    """Returns the command that gives dead letters back to work; where reduce has run, it did so without them."""
    reduce = state.phases.get("reduce")
    again = " --reduce" if reduce is not None and reduce.status in BEGUN else ""
    return f"prodigy-tui dlq retry {state.run_id} {chosen}{again}"


def reduce_command(state: RunState) -> str:
    """Returns the command that has nothing but reduce run again; empty where what it made lacks nothing."""
    return f"prodigy-tui dlq retry {state.run_id} --reduce" if missed_by_reduce(state) else ""


def _git(state: RunState, *arguments: str) -> str:
    """Returns a command for the working tree that has the target checked out, or else can have."""
    there = state.landing.worktree if state.landing is not None else ""
    return shlex.join(["git", "-C", there or state.repository, *arguments])
