"""Whether a merged candidate passes `verify`, and who is to blame when it does not (language 16.4).

`check` is one run of the steps; `verify` is what a branch may expect before it is blamed: the base alone, the failure
again, and the step that mends.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.engine.merging.verify_rounds import Checked, Rounds
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.events.values import Failure, VerifyPurpose
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.late import LateError, settle_model
from prodigy_tui.workflow.model import Verify
from prodigy_tui.workflow.variables import Value

LANDING: Final = "landing"
"""What `who` is where the result of the run is verified before it lands."""

Verdict: TypeAlias = Literal["ok", "failed", "base", "undecided"]
"""`base`: what was merged onto fails too; `undecided`: the run stops before that was found out."""


class Verified(Struct, frozen=True, kw_only=True):
    """Whether something may go to where it wants."""

    verdict: Verdict
    message: str = ""
    tail: str = ""
    fixed: Oid | None = None
    """A commit on top of what was verified: with it, and only with it, it is `ok`."""

    @property
    def ok(self) -> bool:
        return self.verdict == "ok"

    @property
    def failure(self) -> Failure:
        """What it means for the item or the landing that failed."""
        code, what = "PT642", "verification failed"
        if self.verdict == "base":
            code, what = "PT643", "the base itself fails verification"
        return Failure(kind="merge", code=code, message=f"{what}: {self.message}", tail=self.tail)


async def verify(  # noqa: PLR0913 - what agents and the landing differ in
    run: RunContext,
    steps: StepRunner,
    rules: Verify,
    commit: Oid,
    *,
    who: str,
    items: Sequence[str] = (),
    onto: Oid | None = None,
    failed: Checked | None = None,
    roots: Mapping[str, Value] | None = None,
) -> Verified:
    """Verifies a commit with all patience: a failure has to come again, and the step that mends may do its work.

    Args:
        run: The run.
        steps: Runs the steps.
        rules: What the workflow says.
        commit: The candidate.
        who: `LANDING`, or for people whose branch it is.
        items: The items whose branches it adds.
        onto: What it was merged onto; where that fails by itself nobody else is to blame.
        failed: How it has failed already; else it is checked first.
        roots: Variables that only these steps have, such as `merge`.

    Raises:
        GitFailed: the worktree cannot be made.
    """
    try:
        rules = settle_model(rules, run.scope(roots), without={"steps", "fix"})
    except LateError as error:
        return Verified(verdict="failed", message=str(error))
    round_ = _rounds(run, steps, rules, who, items, roots)
    checked = failed or await round_.check(commit)
    if checked.verdict == "failed" and onto is not None:
        base = await verify_base(run, steps, rules, onto, who=who, roots=roots)
        if not base.ok:
            return base
    checked = await round_.retried(checked, commit, "again")
    if checked.verdict != "failed" or rules.fix is None:
        return Verified(verdict=checked.verdict, message=checked.message, tail=checked.tail)
    mended, fixed = await round_.fix(rules.fix, commit, checked.error)
    if fixed is None or mended.verdict == "undecided":
        verdict: Verdict = "undecided" if mended.verdict == "undecided" else "failed"
        return Verified(verdict=verdict, message=checked.message, tail=checked.tail)
    checked = await round_.retried(await round_.check(fixed, "fixed"), fixed, "fixed")
    return Verified(
        verdict=checked.verdict, message=checked.message, tail=checked.tail, fixed=fixed if checked.ok else None
    )


async def verify_base(
    run: RunContext,
    steps: StepRunner,
    rules: Verify,
    commit: Oid,
    *,
    who: str,
    roots: Mapping[str, Value] | None = None,
) -> Verified:
    """Verifies what branches are merged onto; it is broken when it fails as often as a branch would have to."""
    round_ = _rounds(run, steps, rules, who, (), roots)
    checked = await round_.retried(await round_.check(commit, "base"), commit, "base")
    verdict: Verdict = "base" if checked.verdict == "failed" else checked.verdict
    return Verified(verdict=verdict, message=checked.message, tail=checked.tail)


async def check(
    run: RunContext,
    steps: StepRunner,
    rules: Verify,
    commit: Oid,
    *,
    who: str,
    items: Sequence[str] = (),
    purpose: VerifyPurpose = "candidate",
    roots: Mapping[str, Value] | None = None,
) -> Checked:
    """Runs the steps once, at a whole batch of branches or a part of one."""
    round_ = _rounds(run, steps, rules, who, items, roots)
    return await round_.check(commit, purpose, adapts=purpose == "candidate")


def _rounds(
    run: RunContext,
    steps: StepRunner,
    rules: Verify,
    who: str,
    items: Sequence[str],
    roots: Mapping[str, Value] | None,
) -> Rounds:
    return Rounds(
        run=run, steps=steps, rules=rules, landing=who == LANDING, who=who, items=tuple(items), roots=roots or {}
    )
