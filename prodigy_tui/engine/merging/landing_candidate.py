"""What would land: the candidate of a landing, as workflow and person want it (language 16.1).

A candidate that was made is recorded, and good until the run or the target moves: a conflict that an agent has solved
is not solved twice, and what has been verified is not verified again.
"""

from functools import partial
from typing import Final

from msgspec import Struct

from prodigy_tui.engine.items.map_results import map_roots
from prodigy_tui.engine.merging import combining
from prodigy_tui.engine.merging.merge_variables import base_of, merge_roots, target_of
from prodigy_tui.engine.merging.verifying import LANDING, verify
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.schema import CandidateMade
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure, MergeStrategy
from prodigy_tui.git.candidates import (
    Candidate,
    CommitConflict,
    Nothing,
    TargetMissing,
    candidate,
    reread,
    shaped,
    tip_of,
    unjoined,
    with_fix,
)
from prodigy_tui.git.inspect import CommitInfo, commit_infos
from prodigy_tui.git.landing import Refused
from prodigy_tui.git.merge import Conflict
from prodigy_tui.git.messages import TRAILER_ITEM, TRAILER_RUN, with_trailers
from prodigy_tui.git.objects import has_commit
from prodigy_tui.ids import Oid
from prodigy_tui.wording import first_of
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render

"""Files in conflict that one line names."""
_LISTED: Final = 50
"""Items or commits that the message of a squash names, at most."""
_LABEL: Final = 100
"""Characters of one of them."""


class Terms(Struct, frozen=True, kw_only=True):
    """How a run lands."""

    target: str
    strategy: MergeStrategy
    message: str
    """Trailers included."""


class Conflicting(Struct, frozen=True, kw_only=True):
    """The run and its target cannot be joined."""

    paths: tuple[str, ...]
    message: str
    """For people, one line."""


class Undecided(Struct, frozen=True, kw_only=True):
    """The run stops before it is known whether there is a candidate, or whether it passes."""


class CandidateMaker:
    """Makes what would land."""

    def __init__(self, run: RunContext, steps: StepRunner) -> None:
        self._run = run
        self._steps = steps
        self._last: Candidate | None = None
        """What was described last; of what its commits hold nothing can change."""

    async def preview(self) -> Candidate | Conflicting | Nothing | Refused:
        """Computes whether there is something, and git alone can merge it; nobody is asked for help.

        What it returns has not the shape of a rebase, which takes its time.
        """
        return await in_thread(self._preview)

    def _preview(self) -> Candidate | Conflicting | Nothing | Refused:
        run = self._run
        try:
            terms = self._terms()
            found = candidate(
                run.repository,
                Oid(run.state.tip),
                terms.target,
                terms.message,
                strategy="merge" if terms.strategy == "merge" else "squash",
                worktree=run.run_worktree,
            )
        except TargetMissing as error:
            return Refused(reason=str(error))
        except InterpolationError as error:
            return Refused(reason=f"merge.message: {error}")
        return _told(found, terms.target) if isinstance(found, Conflict) else found

    async def make(self) -> Candidate | Conflicting | Nothing | Refused | Undecided:
        """Returns the candidate for the target as it stands: the one that is known, or a new one."""
        run = self._run
        try:
            terms = await in_thread(self._terms)
            onto = await in_thread(partial(tip_of, run.repository, terms.target))
        except TargetMissing as error:
            return Refused(reason=str(error))
        except InterpolationError as error:
            return Refused(reason=f"merge.message: {error}")
        source = Oid(run.state.tip)
        known = await in_thread(partial(self._known, terms, onto, source))
        if known is not None:
            return known
        combined = await combining.combine(
            run,
            self._steps,
            onto=onto,
            head=source,
            message=terms.message,
            rules=run.workflow.merge.landing,
            who=LANDING,
            item_id=None,
        )
        made: Candidate | Conflict | Nothing
        match combined:
            case combining.Contained():
                return Nothing(onto=onto)
            case combining.Combined(commit=commit, resolved_by=resolved_by):
                made = await in_thread(
                    partial(shaped, run.run_worktree, onto, source, commit, terms.message, terms.strategy)
                )
            case combining.Undecided():
                return Undecided()
            case combining.Conflicted(paths=paths, detail=detail, failure=failure):
                if failure.code != "PT640":
                    return Conflicting(paths=paths, message=f"{failure.code}: {failure.message}")
                conflict = Conflict(paths=paths, detail=detail)
                made = await in_thread(partial(unjoined, run.run_worktree, onto, source, conflict, terms.strategy))
                resolved_by = ""
        if isinstance(made, Conflict):
            return _told(made, terms.target)
        if isinstance(made, Candidate):
            self._record(made, terms, resolved_by, verified=run.workflow.merge.landing.verify is None)
        return made

    async def verified(self, found: Candidate) -> Candidate | Failure | Undecided:
        """Runs the steps of `verify` at a candidate that has not passed them; what mended it is part of it then."""
        run, rules = self._run, self._run.workflow.merge.landing.verify
        made = run.state.candidate
        if rules is None or (made is not None and made.commit == found.commit and made.verified):
            return found
        terms = await in_thread(self._terms)
        roots = await in_thread(partial(merge_roots, run, terms.target))
        result = await verify(run, self._steps, rules, found.commit, who=LANDING, onto=found.onto, roots=roots)
        if result.verdict == "undecided":
            return Undecided()
        if not result.ok:
            return result.failure
        if result.fixed is not None:
            found = await in_thread(partial(with_fix, run.run_worktree, found, result.fixed, terms.message))
        resolved_by = made.resolved_by if made is not None else ""
        self._record(found, terms, resolved_by, verified=True)
        return found

    def _known(self, terms: Terms, onto: Oid, source: Oid) -> Candidate | None:
        made = self._run.state.candidate
        if made is None or (made.source, made.onto, made.target) != (source, onto, terms.target):
            return None
        if (made.strategy, made.message) != (terms.strategy, terms.message):
            return None
        last, wanted = self._last, (made.commit, onto, source, terms.strategy)
        if last is None or (last.commit, last.onto, last.source, last.strategy) != wanted:
            last = reread(self._run.run_worktree, Oid(made.commit), onto, source, terms.strategy)
        elif not has_commit(self._run.repository, last.commit):
            last = None
        self._last = last
        return last

    def _record(self, made: Candidate, terms: Terms, resolved_by: str, *, verified: bool) -> None:
        self._last = made
        self._run.journal.record(
            CandidateMade(
                source=made.source,
                target=terms.target,
                onto=made.onto,
                commit=made.commit,
                strategy=terms.strategy,
                message=terms.message,
                resolved_by=resolved_by,
                verified=verified,
            )
        )

    def _terms(self) -> Terms:
        """Returns how the run lands. Blocking.

        Raises:
            InterpolationError: the message of the workflow has no value.
        """
        run, merge = self._run, self._run.workflow.merge
        wish, target = run.state.wish, target_of(run)
        strategy = wish.strategy or merge.strategy
        text = wish.message
        if text is None and merge.message is not None:
            roots = map_roots(run.state) if run.state.kind == "mapreduce" else {}
            text = render(parse_text(merge.message, "plain"), run.scope({**roots, **merge_roots(run, target)}))
        if text is None:
            text = default_message(run.state)
        if strategy == "squash":
            infos = commit_infos(run.run_worktree, base_of(run, target), Oid(run.state.tip))
            text = with_listing(text, squashed(run.state, infos))
        message = with_trailers(run.masker.text(text), {TRAILER_RUN: run.run_id})
        return Terms(target=target, strategy=strategy, message=message)


def _told(conflict: Conflict, target: str) -> Conflicting:
    named = first_of(conflict.paths)
    message = f"{target} conflicts with the run in {named}" if named else f"{target}: {conflict.detail}"
    if isinstance(conflict, CommitConflict):
        message += f": commit {conflict.commit[:9]} ({conflict.subject}) does not apply"
    return Conflicting(paths=conflict.paths, message=message)


def default_message(state: RunState) -> str:
    """Returns the message of a landing of which nobody has said what it is."""
    items = f" ({state.counts.success} items)" if state.kind == "mapreduce" else ""
    return f"Merge {state.run_id}{items}"


def squashed(state: RunState, infos: tuple[CommitInfo, ...]) -> list[str]:
    """Returns what a squash brings, a line each: the items whose merges it holds, or else the commits."""
    ids = [info.trailers[TRAILER_ITEM] for info in infos if TRAILER_ITEM in info.trailers]
    if not ids:
        return [info.message.partition("\n")[0] for info in infos]
    items = (state.items.get(item_id) for item_id in dict.fromkeys(ids))
    return [entry.item.label or entry.item.id for entry in items if entry is not None]


def with_listing(text: str, lines: list[str]) -> str:
    """Returns a message with a bounded list behind it; no line can be more than a line of the list."""
    if not lines:
        return text
    shown = [f"- {' '.join(line.split())[:_LABEL]}" for line in lines[:_LISTED]]
    if len(lines) > _LISTED:
        shown.append(f"- and {len(lines) - _LISTED} more")
    return f"{text.strip()}\n\n" + "\n".join(shown)
