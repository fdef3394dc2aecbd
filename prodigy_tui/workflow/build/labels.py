"""What a step is called for people when it has no name."""

from typing import assert_never

from prodigy_tui.workflow.model import (
    AgentCommand,
    AnalyzeCommand,
    ApproveCommand,
    Command,
    ForeachCommand,
    GoalSeekCommand,
    ShellCommand,
    UseCommand,
    ValidateCommand,
    WaitCommand,
    WorkflowCommand,
    WriteFileCommand,
)

_LONGEST = 60


def label_of(command: Command) -> str:
    """Returns a short form of a command, one line."""
    text = _text(command)
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else text.strip()
    cut = len(first) > _LONGEST or len(lines) > 1
    return first[: _LONGEST - 1] + "…" if cut else first


def _text(command: Command) -> str:
    match command:
        case ShellCommand():
            return command.text
        case AgentCommand():
            return command.prompt
        case WriteFileCommand():
            return f"write {command.path}"
        case ApproveCommand():
            return command.question
        case UseCommand():
            return f"use {command.template}"
        case WorkflowCommand():
            return f"workflow {command.call.source}"
        case GoalSeekCommand():
            return command.goal or (f"seek: {command.steps[0].label}" if command.steps else command.kind)
        case ForeachCommand():
            source = command.source
            return f"foreach {source.text or ' '.join(source.globs) or f'{len(source.items)} items'}"
        case WaitCommand():
            if command.shell:
                return f"wait for {command.shell}"
            late = command.late.get("duration")
            return f"wait {late.text}" if late else f"wait {command.duration:g} s"
        case ValidateCommand():
            steps = command.validation.steps
            return f"validate: {steps[0].label}" if steps else command.kind
        case AnalyzeCommand():
            return command.kind
        case _:
            assert_never(command)
