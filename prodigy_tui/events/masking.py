"""Events without secrets: every text of an event is masked but the names by which its parts are found again. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from prodigy_tui.events.schema import Event

E = TypeVar("E", bound=Event)

NAMES: Final = frozenset(
    (
        *("answer", "attempt", "base", "branch", "by", "code", "commit", "digest"),
        *("file", "folder", "gate", "head", "id", "item_id", "kind", "leftover"),
        *("merge", "name", "onto", "options", "outcome", "path", "phase", "project"),
        *("library", "provider", "repository", "run_branch", "run_id", "called_run", "safe_id", "signal", "source"),
        *("stages", "status", "target", "tip", "undo", "version", "worktree", "allow_outside"),
        *("profile", "session_id", "default", "on_timeout", "show", "running", "start", "patch"),
    )
)
"""Fields that say which thing is meant. They are ours, git's or the operator's, or are made of items already masked."""

_NO_TEXT: Final = frozenset({type(None), bool, int, float})


def masked(event: E, mask: Callable[[str], str]) -> E:
    """Returns the event without secrets, itself if it has none."""
    changed: E = _struct(event, mask)
    return changed


def _struct(struct: Any, mask: Callable[[str], str]) -> Any:
    changes = {}
    for field in struct.__struct_fields__:
        value = getattr(struct, field)
        # Numbers and what is missing are half of all fields: they are not asked what else they might be.
        if type(value) in _NO_TEXT or (field in NAMES and not isinstance(value, msgspec.Struct)):
            continue
        fresh = _sources(value, mask) if field == "files" and isinstance(value, Mapping) else _value(value, mask)
        if fresh is not value:
            changes[field] = fresh
    if not changes:
        return struct
    return msgspec.structs.replace(struct, **changes)


def _sources(files: Mapping[str, str], mask: Callable[[str], str]) -> Mapping[str, str]:
    """Masks the texts of files; their paths are names."""
    fresh = {path: mask(text) for path, text in files.items()}
    return files if fresh == files else fresh


def _value(value: Any, mask: Callable[[str], str]) -> Any:
    """Returns a value without secrets; the same object if nothing had to go."""
    match value:
        case str():
            fresh = mask(value)
            return value if fresh == value else fresh
        case msgspec.Struct():
            return _struct(value, mask)
        case list() | tuple():
            elements = [_value(element, mask) for element in value]
            if all(new is old for new, old in zip(elements, value, strict=True)):
                return value
            return tuple(elements) if isinstance(value, tuple) else elements
        case Mapping():
            pairs = {_value(key, mask): _value(child, mask) for key, child in value.items()}
            if all(pairs.get(key) is child for key, child in value.items()):
                return value
            return pairs
        case _:
            return value
