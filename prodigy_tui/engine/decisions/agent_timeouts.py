"""How long an attempt and its steps may take: `agent_timeout` and `timeout_config` (language 13.6). Pure."""

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from prodigy_tui.engine.context import kinds_of
from prodigy_tui.workflow.model import AgentTimeouts, CommandTimeout, Step


def attempt_timeout(timeouts: AgentTimeouts) -> float | None:
    """Returns the seconds that a whole attempt may take."""
    return None if timeouts.policy == "per_command" else timeouts.agent_timeout


def with_timeouts(template: tuple[Step, ...], timeouts: AgentTimeouts) -> tuple[Step, ...]:
    """Returns the steps of the template with the limits of `timeout_config`; a limit of a step's own stays."""
    if timeouts.policy == "per_agent":
        return template
    seen: Counter[str] = Counter()
    limited = []
    for step in template:
        kinds = _kinds(step)
        numbers = {kind: seen[kind] for kind in kinds}
        seen.update(kinds)
        own = step.timeout is not None or "timeout" in step.late
        limit = step.timeout if own else _limit(timeouts, numbers)
        limited.append(step if limit == step.timeout else replace(step, timeout=limit))
    return tuple(limited)


def _limit(timeouts: AgentTimeouts, numbers: dict[str, int]) -> float | None:
    """Returns the limit of a step, given its number among the steps of each of its kinds."""
    otherwise = timeouts.agent_timeout if timeouts.policy == "per_command" else None
    found = _entry((entry for entry in timeouts.commands if entry.number is not None), numbers)
    found = found or _entry((entry for entry in timeouts.commands if entry.number is None), numbers)
    return found.timeout if found is not None else otherwise


def _entry(entries: Iterable[CommandTimeout], numbers: dict[str, int]) -> CommandTimeout | None:
    fitting = {
        entry.kind: entry for entry in entries if entry.kind in numbers and entry.number in (None, numbers[entry.kind])
    }
    return next((fitting[kind] for kind in numbers if kind in fitting), None)


def _kinds(step: Step) -> tuple[str, ...]:
    """Returns the words that mean the kind of a step, the narrower one first."""
    return tuple(reversed(kinds_of(step)))
