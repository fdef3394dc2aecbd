"""`merge --dry-run`: what would land, and what is in the way of it. Nothing is changed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.lines.line import status_word
from prodigy_tui.cli.output import Painted, Part
from prodigy_tui.errors import ExitCode
from prodigy_tui.wording import plural

if TYPE_CHECKING:
    from prodigy_tui.events.merge_state import LandingWish
    from prodigy_tui.events.state import RunState
    from prodigy_tui.events.values import MergeStrategy
    from prodigy_tui.git.candidates import Candidate
    from prodigy_tui.git.inspect import CommitInfo
    from prodigy_tui.git.landing import Refused
    from prodigy_tui.git.merge import Conflict
    from prodigy_tui.git.repo import Repository
    from prodigy_tui.workflow.model import MergePhase

_SHOWN = 20
"""Commits, or files, that the text names; `--json` has all."""
_SHAPES = {
    "merge": "one merge commit",
    "squash": "one commit",
    "rebase": "its commits one after the other",
}


class LandingPlan(Struct, frozen=True, kw_only=True):
    """What `merge` would do."""

    run_id: str
    source: str
    target: str
    strategy: "MergeStrategy"
    onto: str
    status: Literal["lands", "nothing", "refused", "conflict"]
    candidate: "Candidate | None" = None
    commits: "tuple[CommitInfo, ...]" = ()
    conflict: "Conflict | None" = None
    refused: "Refused | None" = None
    steps: int = 0
    verified: bool = False
    asks_agent: bool = False
    policies: bool = False
    held_by: str = ""
    """Who drives the run now; empty for a run at rest."""

    @property
    def exit_code(self) -> ExitCode:
        """As landing would end, where no step and no agent has a say in it."""
        return ExitCode.OK if self.status in ("lands", "nothing") else ExitCode.WAITING


def show_landing(
    invocation: Invocation,
    state: "RunState",
    repository: "Repository",
    wish: "LandingWish",
    *,
    held_by: str = "",
    as_json: bool,
) -> int:
    """Prints what would land; of a live run, which `held_by` drives, what it has merged by now.

    Raises:
        TargetMissing: there is no such branch.
    """
    from prodigy_tui.engine.recorded import recorded_workflow
    from prodigy_tui.workflow.load import Given

    workflow, _ = recorded_workflow(state, Given(), landing_only=True)
    plan = replace(landing_plan(state, repository, wish, workflow.merge), held_by=held_by)
    if as_json:
        invocation.output.document("landing", landing_document(plan))
    else:
        for parts in landing_lines(plan):
            invocation.output.line(*parts)
    return plan.exit_code


def landing_plan(state: "RunState", repository: "Repository", wish: "LandingWish", merge: "MergePhase") -> LandingPlan:
    """Returns what would land, as git alone can tell."""
    from prodigy_tui.git.candidates import Nothing, candidate, tip_of
    from prodigy_tui.git.inspect import commit_infos
    from prodigy_tui.git.landing import obstacle
    from prodigy_tui.git.merge import Conflict
    from prodigy_tui.ids import Oid

    source, target = Oid(state.tip), wish.into or merge.target or state.target
    strategy = wish.strategy or merge.strategy
    onto = tip_of(repository, target)
    found = candidate(repository, source, target, f"Merge {state.run_id}", strategy=strategy)
    refused = conflict = None
    status: Literal["lands", "nothing", "refused", "conflict"] = "lands"
    if isinstance(found, Nothing):
        status = "nothing"
    elif isinstance(found, Conflict):
        status, conflict = "conflict", found
    elif (refused := obstacle(repository, found, target)) is not None:
        status = "refused"
    rules = merge.landing
    return LandingPlan(
        run_id=state.run_id,
        source=source,
        target=target,
        strategy=strategy,
        onto=onto,
        status=status,
        candidate=None if isinstance(found, Nothing | Conflict) else found,
        commits=() if isinstance(found, Nothing) else commit_infos(repository.top, onto, source),
        conflict=conflict,
        refused=refused,
        steps=len(merge.steps),
        verified=rules.verify is not None,
        asks_agent=rules.conflict.action == "agent",
        policies=bool(merge.policies),
    )


def landing_document(plan: LandingPlan) -> dict[str, Any]:
    """Returns the fields of the document."""
    files = plan.candidate.files if plan.candidate is not None else ()
    return {
        "run_id": plan.run_id,
        "live": bool(plan.held_by),
        "source": plan.source,
        "target": plan.target,
        "onto": plan.onto,
        "strategy": plan.strategy,
        "status": plan.status,
        "commits": [
            {"id": info.commit, "author": info.author_name, "message": info.message.partition("\n")[0]}
            for info in plan.commits
        ],
        "files": [
            {"path": file.path, "status": file.status, "insertions": file.insertions, "deletions": file.deletions}
            for file in files
        ],
        "conflicts": list(plan.conflict.paths) if plan.conflict is not None else [],
        "detail": plan.conflict.detail if plan.conflict is not None else "",
        "obstacle": {"message": plan.refused.reason, "paths": list(plan.refused.paths)} if plan.refused else None,
        "merge_steps": plan.steps,
        "verify": plan.verified,
    }


def landing_lines(plan: LandingPlan) -> Iterator[tuple[Part, ...]]:
    """Yields the text."""
    if plan.held_by:
        yield Painted("live", "cyan"), f" {plan.held_by} drives the run; this is what it has merged by now"
    where = f"{plan.target} at {plan.onto[:9]}"
    if plan.status == "nothing":
        yield (f"nothing to land: {where} has all that {plan.run_id} has changed",)
        return
    found = plan.candidate
    if found is None:
        yield (status_word("conflict"), f": {plan.run_id} does not merge into {where}")
    else:
        size = f"{plural(len(plan.commits), 'commit')}, {plural(len(found.files), 'file')}"
        lines = f"+{found.insertions} -{found.deletions}"
        verb = Painted("would land", "green") if plan.status == "lands" else status_word("refused")
        yield verb, f": {plan.run_id} on {where} as {_SHAPES[plan.strategy]}: {size}, {lines}"
    yield from _listed("commit", [f"{info.commit[:9]} {_subject(info)}" for info in plan.commits])
    if found is not None:
        files = [f"{file.status:8} {file.path} +{file.insertions} -{file.deletions}" for file in found.files]
        yield from _listed("file", files)
    if plan.conflict is not None:
        yield from _listed("in conflict", list(plan.conflict.paths))
        if plan.policies:
            yield ("  policies   may settle some of it",)
        if plan.asks_agent:
            yield ("  agent      would be asked to solve it",)
    if plan.refused is not None:
        yield (f"  in the way {plan.refused.reason}",)
        yield from _listed("in the way", list(plan.refused.paths))
    if plan.steps:
        yield (f"  first      {plural(plan.steps, 'merge step')}, which may still refuse it",)
    if plan.verified:
        yield ("  first      verification, which may still refuse it",)


def _listed(name: str, lines: list[str]) -> Iterator[tuple[Part, ...]]:
    for line in lines[:_SHOWN]:
        yield (f"  {name:10} {line}",)
    if len(lines) > _SHOWN:
        yield (f"  {name:10} and {len(lines) - _SHOWN} more",)


def _subject(info: "CommitInfo") -> str:
    return info.message.partition("\n")[0]
