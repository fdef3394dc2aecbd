"""A template that writes files and can never commit: what its agents do would be left as patches (language 7.4).

Said only where it is certain, for a shell step may commit by any program that it calls: every step of the template has
to be one of those that are known here and do not.
"""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

from prodigy_tui.workflow.model import Step, Workflow
from prodigy_tui.workflow.model.commands import ShellCommand, WriteFileCommand
from prodigy_tui.workflow.nodes import Entry
from prodigy_tui.workflow.problems import Report

_COMMIT_NOTHING = frozenset(
    {"[", "basename", "cat", "cp", "cut", "date", "dirname", "echo", "false", "grep", "head", "ls", "mkdir", "mv"}
    | {"printf", "sed", "sleep", "sort", "tail", "tee", "test", "touch", "tr", "true", "uniq", "wc"}
)
_WRITE_THEIR_LAST = frozenset({"cp", "mv", "tee", "touch"})
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_BEYOND_US = re.compile(r"`|\$[\w({]|<<|\(\(|\[\[")
_INTO = frozenset({">", ">>", ">|"})


def check_commits(workflow: Workflow, template: Entry, report: Report) -> None:
    """Reports a template whose changes come to nothing, unless the workflow says what becomes of them (PT612)."""
    steps = workflow.map.agent_template if workflow.map is not None else ()
    writes = [_writes(step) for step in steps]
    if None in writes or not any(writes):
        return
    message = "the steps change files and commit nothing, so there is nothing to merge: changes are kept as patches"
    hint = "give a step 'auto_commit: true', or the workflow 'uncommitted: commit'; 'uncommitted: patch' if it is meant"
    report.add("PT612", template, message, hint, severity="warning")


def _writes(step: Step) -> bool | None:
    """Returns whether a step changes files of the worktree, and commits none; None: nobody can tell."""
    more = (step.on_failure, step.on_success, step.on_exit_code, step.retry, step.validation, step.step_validate)
    if step.auto_commit or step.commit_required or step.late or step.working_dir is not None or any(more):
        return None
    match step.command:
        case WriteFileCommand():
            return True
        case ShellCommand(text=text, interpreter="sh" | "bash"):
            return _shell_writes(text)
        case _:
            return None


def _shell_writes(text: str) -> bool | None:
    """Returns whether simple commands write into files below the folder they run in; None: they are not simple."""
    plain = _REFERENCE.sub("REFERENCE", text)
    if _BEYOND_US.search(plain):
        return None
    try:
        commands = list(_commands(plain))
    except ValueError:  # a quote that is not closed
        return None
    if not all(command and command[0] in _COMMIT_NOTHING for command in commands):
        return None
    return any(_command_writes(command) for command in commands)


def _commands(text: str) -> Iterator[list[str]]:
    """Yields the words of every command."""
    lexer = shlex.shlex(text.strip().replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word and not set(word) - set(";&|"):
            yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


def _command_writes(words: list[str]) -> bool:
    targets = [target for sign, target in pairwise(words) if sign in _INTO]
    if words[0] in _WRITE_THEIR_LAST and len(words) > 1:
        targets.append(words[-1])
    if words[0] == "sed" and any(word.startswith("-i") for word in words):
        targets.append(words[-1])
    return any(not target.startswith(("/", "~", "-")) for target in targets)
