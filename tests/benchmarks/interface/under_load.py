"""G1 to G4 and G10: a thousand agents at work, a burst, and a terminal that is not read."""

from pathlib import Path

from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.interface.program import begun, key_to_paint, measured, scenario, unpaired

AGENTS, RATE = 1_000, 10_000
KEYS = "jjjjkkkk"
EVERY_S = 0.1


def load(home: Path, *, agents: int = AGENTS, rate: int = RATE, seconds: float = 10.0) -> list[Figure]:
    """A thousand agents at ten thousand events a second, and somebody who moves about."""
    terminal, result = scenario(home, "under_load", agents=agents, rate=rate, seconds=seconds)
    begun(terminal, result)
    terminal.run(seconds, every_s=EVERY_S, keys=KEYS)
    found = measured(terminal, result)
    answers, lags = key_to_paint(terminal, found["painted"]), [1000 * lag for lag in found["lags"]]
    return [
        Figure(goal="G1", what="lag p99", value=percentile(lags, 0.99), unit="ms", target=16, stretch=8),
        Figure(goal="G1", what="events lost", value=found["lost"], unit="", target=0),
        Figure(goal="G2", what="key to paint p95", value=percentile(answers, 0.95), unit="ms", target=50, stretch=25),
        Figure(goal="G2", what="keys without a frame", value=unpaired(terminal, found), unit="", target=0),
        Figure(goal="G3", what="processor share", value=100 * found["cpu_share"], unit="%", target=30, stretch=20),
    ]


def burst(home: Path) -> list[Figure]:
    """Five times as much for five seconds."""
    terminal, result = scenario(home, "under_load", agents=AGENTS, rate=50_000, seconds=5.0)
    begun(terminal, result)
    found = measured(terminal, result)
    lags = [1000 * lag for lag in found["lags"]]
    return [
        Figure(goal="G4", what="lag p99 in a burst", value=percentile(lags, 0.99), unit="ms", target=50, stretch=16),
        Figure(goal="G4", what="events lost", value=found["lost"], unit="", target=0),
        Figure(goal="G4", what="caught up after", value=found["settled_after_s"], unit="s", target=60),
    ]


def stall(home: Path) -> list[Figure]:
    """A terminal that takes nothing for ten seconds."""
    terminal, result = scenario(home, "under_load", agents=AGENTS, rate=1_000, seconds=14.0)
    begun(terminal, result)
    terminal.run(1.0)
    terminal.reads = False
    terminal.run(10.0)
    terminal.reads = True
    found = measured(terminal, result)
    lag, gap = 1000 * max(found["lags"]), 1000 * found["publisher_gap_s"]
    return [
        Figure(goal="G10", what="longest wait of the loop", value=lag, unit="ms", target=100, stretch=40),
        Figure(goal="G10", what="longest wait of the engine", value=gap, unit="ms", target=100, stretch=40),
    ]
