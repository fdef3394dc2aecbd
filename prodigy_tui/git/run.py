"""The one way in which this room starts git: clean environment, own session, no prompts, no hooks, no housekeeping.

What git is told by the user's configuration about content (line endings, filters, merge drivers, identity) stays in
force; what would make it ask, wait, run programs of the user or write where only reading was asked for does not.
"""

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Container, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.started import COMMANDS, Started
from prodigy_tui.storage.owner import own_mark

STARTED_BY: Final = "PRODIGY_GIT_OF"
"""The environment variable by which our git commands tell the process that started them: they outlive its death."""

_TIME_LIMIT_S: Final = 1800.0
"""Far beyond the checkout of any repository; what takes longer waits for something that will not come."""

_KEPT = re.compile(
    r"GIT_(EXEC_PATH|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|CONFIG_(COUNT|KEY_\d+|VALUE_\d+)|(AUTHOR|COMMITTER)_\w+"
    r"|SSH|SSH_\w+|SSL_\w+|PROXY_\w+|ALLOW_PROTOCOL|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)"
)

SPARSE_MARK: Final = "prodigy-sparse"
"""A file in what git keeps about a worktree of ours that holds only some folders (see `sparse`)."""

_SPARSE_CONFIG: Final = (("core.sparseCheckout", "true"), ("core.sparseCheckoutCone", "true"))

_QUIET_CONFIG: Final = (
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("core.fsync", "committed,reference"),
    ("core.fsyncMethod", "batch"),
)

_OWN_CONFIG: Final = (
    *_QUIET_CONFIG,
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.safecrlf", "false"),
    ("submodule.recurse", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("i18n.logOutputEncoding", "UTF-8"),
)

_OWN_VARIABLES: Final = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS": "true",
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "GIT_MERGE_AUTOEDIT": "no",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_REFLOG_ACTION": "prodigy-tui",
}


class GitMissing(ProdigyError):
    """There is no usable git program."""

    exit_code = ExitCode.ENVIRONMENT


_LOCKED = re.compile(r"Unable to create '.+\.lock': File exists")
LOCKED_HINT = "if no git command is at work there, one was killed: remove that file"


class GitFailed(ProdigyError):
    """Git refused or failed where it should not have; `code` and `stderr` say how."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, message: str, *, code: int = -1, stderr: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.stderr = stderr


class GitAnswer(Struct, frozen=True, kw_only=True):
    """How one git command ended and what it wrote."""

    arguments: tuple[str, ...]
    cwd: Path
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """The output as text without its last newline; bytes that are not UTF-8 survive a way back to git."""
        return os.fsdecode(self.out).removesuffix("\n")

    @property
    def fields(self) -> list[str]:
        """The output of a `-z` command: what stands before each NUL."""
        return os.fsdecode(self.out).split("\0")[:-1]

    def failure(self) -> GitFailed:
        """Returns the error that tells of this end."""
        said = next((line for line in self.err.splitlines() if line.strip()), "no message")
        name = next((word for word in self.arguments if not word.startswith("-")), "")
        hint = LOCKED_HINT if _LOCKED.search(said) else ""
        message = f"git {name} failed in {self.cwd} ({self.code}): {said.removesuffix('.') if hint else said}"
        return GitFailed(message, code=self.code, stderr=self.err, hint=hint)


def scrub(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns `environ` without the variables that would lead git to another repository, index or configuration.

    Every child process needs this: with an inherited `GIT_DIR` an agent would commit to the user's checkout.
    """
    return {name: value for name, value in environ.items() if not name.startswith("GIT_") or _KEPT.fullmatch(name)}


def quiet_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns variables that keep the git of agents and steps from housekeeping and make its commits durable.

    Settings that `environ` already passes through `GIT_CONFIG_COUNT` come first in the result.
    """
    return _with_config(environ or {}, _QUIET_CONFIG)


def sparse_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns what `quiet_environment` has made, for a worktree that holds only some folders."""
    return {**environ, **_with_config(environ, _SPARSE_CONFIG)}


def is_sparse(worktree: Path) -> bool:
    """Tells whether a folder is the root of a worktree of ours that holds only some folders."""
    return _has_in_git_dir(worktree, SPARSE_MARK)


def is_linked(worktree: Path) -> bool:
    """Tells whether a folder is still the root of a linked worktree: git started there finds no other repository."""
    return _has_in_git_dir(worktree, "HEAD")


def _has_in_git_dir(worktree: Path, name: str) -> bool:
    try:
        with open(os.path.join(worktree, ".git"), "rb", buffering=0) as file:  # noqa: PTH118, PTH123 - the same
            link = os.fsdecode(file.read(4096)).removeprefix("gitdir: ").strip()
        return os.path.exists(os.path.join(worktree, link, name))  # noqa: PTH110, PTH118 - of every command
    except (OSError, ValueError):
        return False


def run_git(
    *arguments: str,
    cwd: Path,
    stdin: bytes = b"",
    ok: Container[int] | None = (0,),
    env: Mapping[str, str] | None = None,
    discover: bool = False,
) -> GitAnswer:
    """Runs git in `cwd` and returns its answer.

    Args:
        arguments: Everything after `git`.
        cwd: Where; the root of a working tree or a git folder unless `discover` is given.
        stdin: What it reads.
        ok: Exit codes that are answers; others raise. None: all are answers.
        env: Variables on top of ours.
        discover: Look for the repository above `cwd` too. Off by default: a worktree whose `.git` was deleted must
            never make git act on a repository that happens to lie around it.

    Raises:
        GitMissing: There is no git program.
        GitFailed: An exit code outside `ok`, a missing folder, or no end within the time limit.
    """
    environment = own_environment(cwd, env or {}, discover=discover)
    process = start_git(
        ("git", *arguments),
        cwd=cwd,
        env=environment,
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    out, err = _communicate(process, stdin, arguments)
    answer = GitAnswer(
        arguments=arguments, cwd=cwd, code=process.returncode, out=out, err=err.decode("utf-8", "replace")
    )
    if ok is not None and answer.code not in ok:
        raise answer.failure()
    return answer


def own_environment(cwd: Path, more: Mapping[str, str], *, discover: bool = False) -> dict[str, str]:
    """Returns the environment of a git command of ours that runs in `cwd`; `more` comes on top."""
    environment = {**_usual_environment(sparse=is_sparse(cwd)), **more}
    environment[STARTED_BY] = own_mark()
    if not discover:
        environment["GIT_CEILING_DIRECTORIES"] = os.path.dirname(os.path.realpath(cwd))  # noqa: PTH120
    return environment


def _usual_environment(*, sparse: bool) -> dict[str, str]:
    """Returns what every command of ours gets, to be copied. Made anew only when our own has changed: 0.2 ms each."""
    inherited = dict(os.environb)
    known = _usual.get(sparse)
    if known is None or known[0] != inherited:
        environment = scrub(os.environ)
        settings = (*_OWN_CONFIG, *_SPARSE_CONFIG) if sparse else _OWN_CONFIG
        environment |= _with_config(environment, settings) | _OWN_VARIABLES
        known = _usual[sparse] = (inherited, environment)
    return known[1]


_usual: dict[bool, tuple[dict[bytes, bytes], dict[str, str]]] = {}
"""What `_usual_environment` has made last, with what it was made of; threads may replace each other's."""


def start_git(
    command: tuple[str, ...],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int,
    stderr: int,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Starts git in a session of its own; what it writes can be read.

    Raises:
        GitMissing: There is no git program.
        GitFailed: The folder is missing.
    """
    try:
        process = _Git(
            command,
            cwd=cwd,
            env=env,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            pass_fds=pass_fds,
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        if not cwd.is_dir():
            raise GitFailed(f"folder {cwd} is gone") from error
        raise GitMissing("program git not found or not executable", hint="install git 2.38 or newer") from error
    process.told = COMMANDS.begin(command, cwd)
    return process


class _Git(subprocess.Popen[bytes]):
    """Tells the log of commands when it has ended."""

    told: Started | None = None

    def wait(self, timeout: float | None = None) -> int:
        code = super().wait(timeout)
        if self.told is not None:
            self.told.end(code)
        return code


def shown(path: str) -> str:
    """Returns a path as text that can be stored and printed; bytes that are not UTF-8 become replacement marks."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _communicate(process: subprocess.Popen[bytes], stdin: bytes, arguments: tuple[str, ...]) -> tuple[bytes, bytes]:
    with process:
        try:
            return process.communicate(stdin, timeout=_TIME_LIMIT_S) if stdin else _all_said(process)
        except BaseException as error:
            # The whole group: a filter that git started would keep the pipes open and the wait below with them.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                name = next((word for word in arguments if not word.startswith("-")), "")
                raise GitFailed(f"git {name} did not end within {_TIME_LIMIT_S:.0f} s") from error
            raise


def _all_said(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Does what `communicate` does, for a process that reads nothing: that takes half as much CPU.

    Raises:
        TimeoutExpired: it has had its time.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    end = time.monotonic() + _TIME_LIMIT_S
    said: dict[int, list[bytes]] = {process.stdout.fileno(): [], process.stderr.fileno(): []}
    poll, still_open = select.poll(), len(said)
    for file in said:
        poll.register(file, select.POLLIN)
    while still_open:
        ready = poll.poll(max(0.0, end - time.monotonic()) * 1000)
        if not ready:
            raise subprocess.TimeoutExpired(process.args, _TIME_LIMIT_S)
        for file, _ in ready:
            part = os.read(file, 1 << 16)
            if part:
                said[file].append(part)
            else:
                poll.unregister(file)
                still_open -= 1
    process.wait(max(0.0, end - time.monotonic()))
    out, err = map(b"".join, said.values())
    return out, err


def _with_config(environ: Mapping[str, str], settings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Returns the variables that pass `settings` to git after those that `environ` passes already."""
    count = environ.get("GIT_CONFIG_COUNT", "")
    given = [
        (environ[f"GIT_CONFIG_KEY_{n}"], environ[f"GIT_CONFIG_VALUE_{n}"])
        for n in range(int(count) if count.isdecimal() else 0)
        if f"GIT_CONFIG_KEY_{n}" in environ and f"GIT_CONFIG_VALUE_{n}" in environ
    ]
    result = {"GIT_CONFIG_COUNT": str(len(given) + len(settings))}
    for n, (key, value) in enumerate((*given, *settings)):
        result[f"GIT_CONFIG_KEY_{n}"] = key
        result[f"GIT_CONFIG_VALUE_{n}"] = value
    return result
