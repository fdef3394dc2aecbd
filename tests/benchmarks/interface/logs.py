"""G5, G6 and G13: a log that grows, one log after another, and what is looked for in one."""

from pathlib import Path

from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.interface.log_scenes import READY
from tests.benchmarks.interface.program import measured, scenario

PANES = 500


def ingest(home: Path, *, lines: int = 500_000, rate: float = 100_000.0) -> list[Figure]:
    """Lines appended to a file as fast as is wanted, while the log screen follows it."""
    terminal, result = scenario(home, "followed", lines=lines, rate=rate)
    terminal.open()
    found = measured(terminal, result)
    speed, behind = found["lines_per_cpu_s"] / 1000, found["behind_s"]
    return [
        Figure(
            goal="G5", what="lines per second of cpu", value=speed, unit="k/s", target=100, stretch=250, at_least=True
        ),
        Figure(goal="G5", what="lines lost", value=found["lost"], unit="", target=0),
        Figure(goal="G5", what="all lines known after the last", value=behind, unit="s", target=1),
    ]


def panes(home: Path, *, agents: int = PANES, lines: int = 1_000) -> list[Figure]:
    """The log pane goes from agent to agent."""
    terminal, result = scenario(home, "turned_over", agents=agents, lines=lines)
    terminal.open()
    found = measured(terminal, result)
    switch = percentile(found["switches"], 0.95)
    return [
        Figure(goal="G6", what="memory of 500 logs", value=found["memory_mb"], unit="MB", target=10, stretch=3),
        Figure(goal="G6", what="to another log p95, cpu", value=switch, unit="ms", target=16, stretch=8),
        Figure(goal="G6", what="viewers", value=found["viewers"], unit="", target=1),
    ]


def filtering(home: Path, *, lines: int = 100_000) -> list[Figure]:
    """A word and a pattern are looked for in a long log, without and with colours; the box for it is opened first."""
    figures: list[Figure] = []
    for coloured in (False, True):
        terminal, result = scenario(home, "looked_for", lines=lines, coloured=int(coloured))
        terminal.open()
        searches = measured(terminal, result)["searches"]
        kind = " in colour" if coloured else ""
        for text, found in searches.items():
            what = f"{text}{kind}, cpu" if text == READY else f"look for {text!r}{kind}, cpu"
            figures.append(Figure(goal="G13", what=what, value=found["total"], unit="ms", target=100))
        longest = max(found["longest"] for found in searches.values())
        figures.append(Figure(goal="G13", what=f"longest slice{kind}, cpu", value=longest, unit="ms", target=8))
    return figures
