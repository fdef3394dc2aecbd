"""G9 and G14: what the interface costs when nothing happens, and what it remembers of a long run."""

from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.interface.program import begun, measured, scenario
from tests.benchmarks.interface.under_load import AGENTS

_WATCHED_S = 5.0


def idle(home: Path) -> list[Figure]:
    """A run that is over, looked at by nobody."""
    terminal, result = scenario(home, "at_rest", seconds=2 * _WATCHED_S)
    begun(terminal, result)
    before = terminal.taken
    terminal.run(_WATCHED_S)
    drawn = (terminal.taken - before) / _WATCHED_S
    share = 100 * measured(terminal, result)["cpu_share"]
    return [
        Figure(goal="G9", what="processor share at rest", value=share, unit="%", target=1, stretch=0.3),
        Figure(goal="G9", what="bytes drawn at rest", value=drawn, unit="B/s", target=0),
    ]


def memory(home: Path) -> list[Figure]:
    """A thousand agents and two hundred thousand events."""
    terminal, result = scenario(home, "much_to_remember", agents=AGENTS, events=200_000)
    terminal.open()
    found = measured(terminal, result)
    return [Figure(goal="G14", what="memory", value=found["rss_mb"], unit="MB", target=150, stretch=100)]
