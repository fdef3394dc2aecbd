"""What `policies` (language 16.5) mean for single files. Pure."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from prodigy_tui.engine.worktrees.paths import listed
from prodigy_tui.events.values import Failure
from prodigy_tui.git.run import shown
from prodigy_tui.git.settling import Word
from prodigy_tui.workflow.globs import compile_glob
from prodigy_tui.workflow.model import MergePolicy

Rule: TypeAlias = Callable[[str], MergePolicy | None]

_WORDS: Final[dict[str, Word]] = {"union": "union", "ours": "ours", "theirs": "theirs", "regenerate": "ours"}
"""What a clash means under a policy; what is made anew is the target's until then."""
FORBIDDEN: Final = "PT641"
"""A branch changes what it must not."""


def no_rule(_path: str) -> MergePolicy | None:
    """Is the rule where there are no policies."""
    return None


def rule_of(policies: Sequence[MergePolicy]) -> Rule:
    """Returns which policy holds for a path, as git names it: the first that matches."""
    if not policies:
        return no_rule
    matchers = [(compile_glob(policy.path), policy) for policy in policies]

    @lru_cache(maxsize=4096)
    def rule(path: str) -> MergePolicy | None:
        text = shown(path)
        return next((policy for matches, policy in matchers if matches(text)), None)

    return rule


def word_of(rule: Rule) -> Callable[[str], Word | None]:
    """Returns what a clash at a path means; None: it stays one."""

    def word(path: str) -> Word | None:
        policy = rule(path)
        return _WORDS.get(policy.policy) if policy is not None else None

    return word


def under(rule: Rule, word: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Returns those of `paths` for which a policy holds, sorted."""
    found = ((path, rule(path)) for path in paths)
    return tuple(sorted(path for path, policy in found if policy is not None and policy.policy == word))


def commands_of(rule: Rule, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Returns the commands that make files anew, each with its files, in the order of the files."""
    found: dict[str, list[str]] = {}
    for path in paths:
        policy = rule(path)
        if policy is not None and policy.policy == "regenerate" and policy.command is not None:
            found.setdefault(policy.command, []).append(path)
    return {command: tuple(files) for command, files in found.items()}


def forbidden(paths: Sequence[str]) -> Failure:
    """Returns the failure of a branch that changes what it must not."""
    return Failure(kind="merge", code=FORBIDDEN, message=f"changes forbidden {_files(paths)}")


def _files(paths: Sequence[str]) -> str:
    noun = "file" if len(paths) == 1 else "files"
    return f"{noun} {listed(tuple(map(shown, paths)))}"
