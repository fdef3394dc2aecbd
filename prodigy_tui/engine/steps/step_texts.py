"""The texts of a step filled in, and the variables that they and its command get (language 8, 12.4).

What a text asks for that takes a command or a look at git is run first, and the text then filled in anew.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from msgspec.structs import replace

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.execution import Place
from prodigy_tui.engine.kinds.shell import run_shell
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.computing import COMMAND_TIMEOUT_S, computed
from prodigy_tui.engine.variables.environment import Found, Settled, overlay, settle_variables
from prodigy_tui.engine.variables.git_values import GitRoot, GitWanted, read_git
from prodigy_tui.engine.variables.scope import StepView, make_scope
from prodigy_tui.engine.variables.secrets import run_text
from prodigy_tui.engine.variables.step_environment import StepEnvironment
from prodigy_tui.git.run import GitFailed, sparse_environment
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.expr import evaluate, parse_expression, truthy
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.late import settle_model
from prodigy_tui.workflow.model import EnvCommand, SecretSource, Step
from prodigy_tui.workflow.values import Value
from prodigy_tui.workflow.variables import Scope

T = TypeVar("T")
_OWN_STEPS: Final = frozenset({"steps", "do", "fallback", "env"})
"""Fields whose late values are settled when their own steps start, or their variables get values."""


def has_live_name(step: Step) -> bool:
    """Tells whether the name of a step is to be filled in."""
    return step.name is not None and "$" in step.name


class StepTexts:
    """Fills in the texts of steps of any context of one run."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def _git_env(self, context: Context) -> Mapping[str, str]:
        """Returns what git is told in every process: in a worktree that holds only some folders, that it does."""
        return sparse_environment(self._run.git_env) if context.ledger.sparse else self._run.git_env

    async def prepare(self, view: StepView, context: Context) -> None:
        """Gives the variables of a step that is about to run their values.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvironmentCycle, EnvCommandFailed: one has none.
        """
        around = self._around(await self._run.environment.for_step(), context)
        context.environments[view.path] = await self._computed(
            lambda: self._with_own(around, view, context, commands=True), view, context
        )

    async def glance(self, view: StepView, context: Context) -> None:
        """Does so for a step of which it is not known yet whether it runs: its own commands wait.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvironmentCycle, EnvCommandFailed: one has no value.
        """
        around = self._around(await self._run.environment.known(), context)
        context.environments[view.path] = await self._computed(
            lambda: self._with_own(around, view, context, commands=False), view, context
        )

    async def settled(self, view: StepView, context: Context) -> StepView:
        """Returns a step with the values that are known only now (language 3.1).

        Raises:
            LateError: one has no value, or one that its field cannot take.
        """
        step = view.step

        def settle() -> Step:
            return settle_model(step, self.scope(view, context), without=_OWN_STEPS)

        found = await self.filled(settle, view, context)
        return view if found is step else replace(view, step=found)

    async def named(self, view: StepView, context: Context) -> StepView:
        """Returns a step with the name that it has here: the references in it filled in, on one line.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvironmentCycle, EnvCommandFailed: one has no value.
        """
        name = view.step.name
        assert name is not None
        await self.glance(view, context)
        try:
            text = await self.fill(name, view, context)
        except InterpolationError:
            # It may name a variable whose command runs anew for every step.
            await self.prepare(view, context)
            text = await self.fill(name, view, context)
        label = one_line(text)
        return replace(view, step=replace(view.step, label=label or view.step.label))

    def variables(self, view: StepView, context: Context) -> StepEnvironment:
        """Returns the variables of a step as they were when it was prepared."""
        known = context.environments.get(view.path)
        return known if known is not None else self._around(self._run.environment.settled, context)

    def _around(self, settled: Settled, context: Context) -> StepEnvironment:
        """Returns what a step of this context has before its own `env`."""
        handed_on: Found = context.frames[-1].env if context.frames else {}
        left = dict(context.env)
        hidden = {**left, **handed_on}
        made = (name for name, value in hidden.items() if value is not None and self._is_secret(value))
        secrets = (settled.secrets - hidden.keys()) | frozenset(made) | self._run.secret_parameters
        return StepEnvironment(run=settled, left=left, own=dict(handed_on), secrets=secrets)

    async def _with_own(
        self, around: StepEnvironment, view: StepView, context: Context, *, commands: bool
    ) -> StepEnvironment:
        variables = self._run.without_sources(view.step.env)
        if not commands:
            # They have no value before the step is known to run, and what they are made into has none either.
            variables = {name: value for name, value in variables.items() if not isinstance(value, EnvCommand)}
        if not variables:
            return around
        late = {name: value for name, value in variables.items() if isinstance(value, EnvCommand) and value.late}
        if late:
            scope = make_scope(self._run, view, context, around)
            variables = {**variables, **{name: settle_model(value, scope) for name, value in late.items()}}

        async def run(text: str, timeout_s: float | None, known: Mapping[str, str]) -> str:
            scope = make_scope(self._run, view, context, around)
            environment = overlay(around.environment(scope.exported(), cleared=False), known, self._git_env(context))
            marker = self._run.next_marker(context, f"env:{view.path}")
            return await run_text(
                text,
                timeout_s,
                environment,
                cwd=context.worktree,
                clock=self._run.clock,
                masker=self._run.masker,
                marker=marker,
            )

        secret = frozenset(name for name, value in view.step.env.items() if isinstance(value, SecretSource))
        settled = await settle_variables(
            variables,
            around.outer(),
            scoped=lambda names, hidden: make_scope(self._run, view, context, around, names, hidden),
            masker=self._run.masker,
            secrets=secret,
            run=run,
        )
        self._run.masker.learn(str(value.data) for name, value in settled.values().items() if name in secret)
        return replace(
            around,
            own={**around.own, **settled.found},
            secrets=(around.secrets - settled.found.keys()) | settled.secrets,
        )

    def _is_secret(self, value: Value) -> bool:
        return self._run.masker.holds_secret(str(value.data))

    def step_env(self, view: StepView, context: Context) -> Found:
        """Returns the step's own `env` over that of the failing step whose handler it is in."""
        return self.variables(view, context).own

    def leave_env(self, view: StepView, context: Context) -> None:
        """Leaves the `env` of a step with `temporary: false` to the later steps of its context."""
        if not view.step.temporary:
            env = self.step_env(view, context)
            context.env.update({name: env[name] for name in view.step.env if name in env})

    def scope(self, view: StepView, context: Context) -> Scope:
        """Returns the variables of a step."""
        return make_scope(self._run, view, context, self.variables(view, context))

    async def fill(self, text: str, view: StepView, context: Context) -> str:
        """Returns a plain text of a step with its references filled in."""
        return await self.filled(lambda: render(parse_text(text, "plain"), self.scope(view, context)), view, context)

    async def filled(self, make: Callable[[], T], view: StepView, context: Context) -> T:
        """Returns what `make` makes by filling in texts of a step, after the commands in them have run."""

        async def made() -> T:
            return make()

        return await self._computed(made, view, context)

    async def _computed(self, make: Callable[[], Awaitable[T]], view: StepView, context: Context) -> T:
        context.ledger.read.clear()

        async def made() -> T:
            while True:
                try:
                    return await make()
                except GitWanted as wanted:
                    await self._read_git(wanted.root, context)

        return await computed(made, context.computed, lambda text: self._output_of(text, view, context))

    async def _read_git(self, root: GitRoot, context: Context) -> None:
        """Reads what a text asks of git, for that text alone: the next may find something else.

        Raises:
            InterpolationError: git cannot be read here.
        """
        ledger, worktree = context.ledger, context.worktree
        base = ledger.base or Oid(self._run.state.base)
        try:
            ledger.read[root] = await in_thread(lambda: read_git(root, worktree, base, ledger.made))
        except (GitFailed, OSError) as error:
            raise InterpolationError("PT301", f"'{root}' cannot be read: {error}") from error

    async def _output_of(self, text: str, view: StepView, context: Context) -> str:
        """Runs the command of a `${cmd:…}`."""
        environment = self.variables(view, context).environment(self.scope(view, context).exported(), cleared=False)
        place = Place(
            cwd=context.worktree,
            env=overlay(environment, self._git_env(context)),
            marker=self._run.next_marker(context, f"cmd:{view.path}"),
            timeout_s=COMMAND_TIMEOUT_S,
            idle_timeout_s=None,
            attempt=1,
            log=lambda _: None,
        )
        execution = await run_shell(
            text, place, interpreter="sh", stdin=b"", clock=self._run.clock, masker=self._run.masker
        )
        if execution.failure is not None:
            raise InterpolationError("PT301", f"'cmd:{text}' failed: {execution.failure.message}")
        return execution.stdout

    async def is_true(self, condition: str | bool, view: StepView, context: Context) -> bool:
        """Returns what a condition comes to for a step."""
        if isinstance(condition, bool):
            return condition
        expression = parse_expression(condition)
        return await self.filled(lambda: truthy(evaluate(expression, self.scope(view, context))), view, context)
