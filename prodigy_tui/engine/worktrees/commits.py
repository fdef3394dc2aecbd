"""Commits that the engine makes for steps: `auto_commit`, and `squash` at the end of a context (language 7.2).

A step's body calls `auto_commit` after the command succeeded and its captures are set (4.4, point 4):

    committed = await auto_commit(run, view, context, lambda text: commands.fill(text, view, context))

It may be called for every step; it does nothing where the step does not ask for it. A `Failure` is what the step fails
with; an id means that `commit_required` is met.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_outcome import REFUSED, refusal
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.schema import CommitsSquashed, StepCommitted, WarningRaised
from prodigy_tui.events.values import Failure
from prodigy_tui.git.commits import Author, HalfDone, commit_files, squash_commits
from prodigy_tui.git.repo import NotARepository
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.globs import compile_globs
from prodigy_tui.workflow.model import CommitConfig, Step
from prodigy_tui.workflow.patterns import PatternError, PatternTimeout, compile_pattern

CANNOT_COMMIT = (HalfDone, GitFailed, NotARepository, OSError)
"""What keeps git from committing."""


class _Texts(Struct, frozen=True, kw_only=True):
    """What a commit says, filled in."""

    message: str
    author: Author | None


async def auto_commit(
    run: RunContext, view: StepView, context: Context, fill: Callable[[str], Awaitable[str]]
) -> Oid | Failure | None:
    """Commits what the step left uncommitted, if it wants that; returns the commit, or why there cannot be one.

    Args:
        run: The run.
        view: The step, its late values settled.
        context: Where it ran.
        fill: Fills in a plain text of the step.

    Returns:
        None: the step does not ask for it, or nothing of what it wants committed has changed.
    """
    step = view.step
    if not step.auto_commit:
        return None
    config = step.commit_config
    try:
        texts = await _texts(config, fill)
    except REFUSED as error:
        return refusal(error, step, view.path)
    if isinstance(texts, Failure):
        return texts
    ledger = context.ledger
    try:
        commit = await in_thread(
            lambda: commit_files(
                context.worktree,
                texts.message,
                wanted=_wanted(config),
                exclude=ledger.made,
                author=texts.author,
                sign=config.sign,
            )
        )
    except CANNOT_COMMIT as error:
        return _failure(f"its changes cannot be committed: {error}")
    if commit is None:
        return None
    name = _name(view) if config.squash else ""
    if config.squash:
        ledger.to_squash[commit] = name
        if config.sign:
            ledger.signed.add(name)
    run.journal.record(
        StepCommitted(
            phase=context.phase,
            path=view.path,
            commit=commit,
            item_id=context.item_id,
            attempt=context.attempt,
            squash=name,
            signed=config.sign,
        )
    )
    return commit


async def squash(run: RunContext, context: Context) -> None:
    """Makes one commit of the auto-commits of each step that wants it; the context ends here.

    What cannot be made into one stays apart: that loses nothing, and is said.
    """
    ledger = context.ledger
    if not ledger.to_squash or ledger.base is None:
        return
    base, steps, signed = ledger.base, dict(ledger.to_squash), frozenset(ledger.signed)
    try:
        made = await in_thread(lambda: squash_commits(context.worktree, base, steps, signed))
    except CANNOT_COMMIT as error:
        message = f"commits of {context.item_id or context.phase} stay apart: {error}"
        run.journal.record(WarningRaised(message=message, item_id=context.item_id))
        made = ()
    ledger.to_squash.clear()
    if context.work is None:
        run.journal.record(CommitsSquashed(phase=context.phase, head=made[-1] if made else ""))


def take_up_commits(run: RunContext, context: Context) -> None:
    """Takes over from the log which commits of an earlier process are to become one."""
    known = run.state.phases.get(context.phase)
    if context.work is not None or known is None:
        return
    for event in known.to_squash:
        context.ledger.to_squash[Oid(event.commit)] = event.squash
        if event.signed:
            context.ledger.signed.add(event.squash)


async def _texts(config: CommitConfig, fill: Callable[[str], Awaitable[str]]) -> _Texts | Failure:
    message = await fill(config.message_template)
    if "\0" in message:
        return _failure("the commit message has a NUL in it", "PT308")
    if not message.strip():
        return _failure("the commit message is empty")
    if config.message_pattern is not None and (fault := _mismatch(config.message_pattern, message)) is not None:
        return fault
    if config.author is None:
        return _Texts(message=message, author=None)
    named = await fill(config.author)
    author = Author.parse(named)
    if author is None:
        return _failure(f"the author '{named[:80]}' is not of the form 'Name <mail>'", "PT105")
    return _Texts(message=message, author=author)


def _mismatch(pattern: str, message: str) -> Failure | None:
    try:
        if compile_pattern(pattern)(message.strip()):
            return None
    except (PatternError, PatternTimeout) as error:
        return _failure(f"message_pattern: {error}", "PT408")
    shown = message.strip().split("\n", 1)[0][:80]
    return _failure(f"the commit message '{shown}' does not match '{pattern}'", "PT611")


def _wanted(config: CommitConfig) -> Callable[[str], bool]:
    included = compile_globs(config.include_files) if config.include_files else None
    excluded = compile_globs(config.exclude_files)
    return lambda path: (included is None or included(path)) and not excluded(path)


def _name(view: StepView) -> str:
    """Returns what tells a step from others whatever iteration it is in."""
    step: Step = view.step
    return f"{step.line}.{view.index}.{step.command.kind}"


def _failure(message: str, code: str | None = None) -> Failure:
    return Failure(kind="no_commit", code=code, message=message, exit_code=0)
