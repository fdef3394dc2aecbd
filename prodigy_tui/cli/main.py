"""The door: finds the verb, runs it, and turns whatever comes back or flies out into one line and an exit code."""

import os
import signal as signals
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import click

from prodigy_tui import __version__
from prodigy_tui.cli.output import Output, ReaderGone
from prodigy_tui.cli.secrecy import Secrecy
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.garbage import hold_off
from prodigy_tui.spared import leave_out_parts

VERBS: Final[Mapping[str, str]] = {
    "run": "Start a run of WORKFLOW",
    "resume": "Continue an interrupted, stopped or failed run",
    "watch": "Watch a run that another process drives",
    "replay": "Look at a run's history, with a cursor in time",
    "runs": "Look at past and present runs",
    "dlq": "Look at what failed for good; retry or discard it",
    "events": "Print the event log of a run",
    "logs": "Print what the steps of a run have printed",
    "report": "Tell a run in figures: where time, tokens and money went",
    "merge": "Land a run that was left unmerged",
    "signal": "Steer a run from outside",
    "gates": "See what waits for a person, and answer",
    "worktree": "Look at the worktrees that runs have made, and remove them",
    "demo": "Watch scripted agents at work in a scratch repository",
    "validate": "Check workflows and show all problems at once",
    "schema": "Print the JSON Schema of the workflow language",
    "init": "Write a first workflow and the project folder",
    "template": "Look at, make and keep templates of workflows",
    "exec": "Run one step, as a workflow of its own",
    "batch": "Do the same with every file that GLOB matches",
    "doctor": "Say what this machine lacks, and how to get it",
    "config": "Show the settings in force and where they came from",
}
"""In the order of use, with what `--help` says of each: the first line of its own help, which would have to be loaded
for it. Each is the command of that name in the module of that name in `cli/commands/`."""

TAKING_UP: Final = frozenset({"resume", "merge", "dlq"})
"""Verbs that go on with a run that there is."""
STARTING: Final = frozenset({"run", "exec", "batch", "demo"})
"""Verbs that start one."""

_BESIDE: Final = 6
"""Columns that the list of verbs leaves free."""
WORKFLOW_SUFFIXES = (".yml", ".yaml", ".json")


class Program(Verbs):
    """`prodigy-tui WORKFLOW.yml` means `prodigy-tui run WORKFLOW.yml`. A verb is loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"prodigy_tui.cli.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        room = formatter.width - max(map(len, VERBS)) - _BESIDE
        with formatter.section("Commands"):
            formatter.write_dl(
                [(word, click.Command(word, help=what).get_short_help_str(room)) for word, what in VERBS.items()]
            )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word not in VERBS and (word.endswith(WORKFLOW_SUFFIXES) or Path(word).is_file()):
            return "run", self.get_command(ctx, "run"), args
        return super().resolve_command(ctx, args)

    def meant(self, ctx: click.Context, word: str) -> str:
        """Returns what to say of a word that is no command; it may be a file that lies here, not wholly written."""
        from prodigy_tui.cli.names import file_meant

        if file := file_meant(word):
            return f"; did you mean the file {file!r}"
        return super().meant(ctx, word) or ", and no workflow file here is like it"


@click.group(cls=Program, invoke_without_command=True)
@click.version_option(__version__, prog_name="prodigy-tui")
@click.pass_context
def program(ctx: click.Context) -> int:
    """Run many coding agents on one code base: reproducible, parallel, watched and safe

    `prodigy-tui WORKFLOW.yml` runs a workflow: in the interface when this is a terminal, else headless. Without a word,
    on a terminal, it shows past and present runs, what waits for a decision, and the workflows here.
    """
    if ctx.invoked_subcommand is None:
        if all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
            home: click.Command = import_module("prodigy_tui.cli.commands.home").home
            with home.make_context("prodigy-tui", [], parent=ctx) as at_home:
                return int(home.invoke(at_home))
        click.echo(ctx.get_help())
    return ExitCode.OK


def main() -> NoReturn:
    """The console script."""
    _open_what_is_closed()
    hold_off()
    leave_out_parts()
    for number in (signals.SIGTERM, signals.SIGHUP):
        if signals.getsignal(number) is signals.SIG_DFL:
            signals.signal(number, _end)
    code = run_program(sys.argv[1:])
    _close_stdout()
    sys.exit(code)


def _open_what_is_closed() -> None:
    """Opens those of stdin, stdout and stderr that the caller has closed: a file of ours would get their numbers."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it stays until the end


def _end(number: int, _: FrameType | None) -> NoReturn:
    """Lets go of what is held, as long as nobody has more to do at the end."""
    sys.exit(128 + number)


def run_program(arguments: Sequence[str]) -> int:
    """Runs the program in this process and returns its exit code; nothing but the answer of `--help` is raised."""
    secrecy = Secrecy()
    output = Output(sys.stdout, sys.stderr, environ=os.environ, secrecy=secrecy)
    return guarded(lambda: _invoke(arguments, secrecy), output, arguments)


def _invoke(arguments: Sequence[str], secrecy: Secrecy) -> int:
    try:
        with program.make_context("prodigy-tui", list(arguments), obj=secrecy) as context:
            result: Any = program.invoke(context)
    except click.exceptions.Exit as end:  # `--help` and `--version`
        return end.exit_code
    return int(result)


def guarded(work: Callable[[], int], output: Output, arguments: Sequence[str]) -> int:
    """Calls `work`; an error becomes one line on stderr and an exit code, a bug a report as well."""
    try:
        return work()
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - the one place where a bug is met
        return _failed(error, output, arguments)


def _failed(error: BaseException, output: Output, arguments: Sequence[str]) -> int:
    if _was_interrupted(error):
        output.error(f"interrupted{_untouched(arguments)}")
        return ExitCode.INTERRUPTED
    match error:
        case click.ClickException():
            output.error(_usage_message(error))
            return ExitCode.USAGE
        case ProdigyError():
            for line in getattr(error, "unsaid", ()):
                output.say(line)
            output.error(str(error))
            return error.exit_code
        case ReaderGone():  # `prodigy-tui events last | head`: nothing is wrong, nobody listens
            return ExitCode.OK
        case _:
            return _bug(error, output, arguments)


def _untouched(arguments: Sequence[str]) -> str:
    """Returns what to say of an interrupt that came before the run was driven: from then on there are handlers."""
    word = next((word for word in arguments if not word.startswith("-")), "")
    if word in TAKING_UP:
        return "; the run is as it was"
    return "; nothing has been started" if word in STARTING or word.endswith(WORKFLOW_SUFFIXES) else ""


def _was_interrupted(error: BaseException) -> bool:
    """Says whether Ctrl-C is behind `error`: what it broke off may have failed in a way of its own."""
    seen: set[int] = set()
    behind: list[BaseException | None] = [error]
    while behind:
        met = behind.pop()
        if isinstance(met, KeyboardInterrupt | click.Abort):
            return True
        if met is not None and id(met) not in seen:
            seen.add(id(met))
            behind += (met.__cause__, met.__context__)
    return False


_NUMBERS: Final = (
    ("integer range", "whole number"),
    ("float range", "number"),
    ("integer", "whole number"),
    ("float", "number"),
)
"""What Click calls numbers, and what people do."""


def _usage_message(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split()).rstrip(".")
    message = message[:1].lower() + message[1:]
    for kind, ours in _NUMBERS:
        message = message.replace(f"is not a valid {kind}", f"is no {ours}")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message}; see '{context.command_path} --help'" if context is not None else message


def _bug(error: BaseException, output: Output, arguments: Sequence[str]) -> int:
    from prodigy_tui.cli.crash import kind_and_message, write_crash_report
    from prodigy_tui.cli.invocation import state_root
    from prodigy_tui.clock import SystemClock

    folder = state_root(os.environ, None) / "crashes"
    path = write_crash_report(
        error, folder=folder, arguments=arguments, now=SystemClock().now(), mask=output.secrecy.masker.text
    )
    output.error(f"this is a bug of prodigy-tui ({kind_and_message(error)}); the crash report is {path}")
    return ExitCode.BUG


def _close_stdout() -> None:
    """Flushes stdout here, because a pipe without reader would have the interpreter complain at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
