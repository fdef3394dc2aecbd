"""G12: somebody moves about while the engine, in the same process, drives two hundred trivial items."""

import sys
import time
from pathlib import Path

from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.interface.program import PATIENCE_S, begun, environment, key_to_paint, measured, unpaired
from tests.benchmarks.interface.pseudo_terminal import Terminal
from tests.benchmarks.interface.under_load import EVERY_S, KEYS
from tests.support.gitrepo import HERMETIC, GitRepo

ITEMS, PARALLEL = 200, 16


def engine(home: Path, *, items: int = ITEMS, parallel: int = PARALLEL) -> list[Figure]:
    """A real run in a real repository, from its first agent to its end."""
    repo = GitRepo.begun(home / "repo")
    workflow = home / "burst.yml"
    ids = ", ".join(f"{{id: i{number}}}" for number in range(items))
    workflow.write_text(
        f"name: burst\nmap:\n  input: [{ids}]\n  max_parallel: {parallel}\n"
        '  agent_template:\n    - shell: "true"\n    - shell: "echo ${item.id}"\n'
    )
    result = home / "engine.json"
    command = [sys.executable, "-m", "tests.benchmarks.interface.engine_app", str(result)]
    here = str(Path(__file__).parents[3])
    terminal = Terminal(
        [*command, "run", str(workflow), "--merge", "no"],
        {**HERMETIC, **environment(home), "PYTHONPATH": here},
        folder=repo.path,
    )
    begun(terminal, result)
    over, end = result.with_suffix(".over"), time.monotonic() + PATIENCE_S
    while not over.exists() and time.monotonic() < end and terminal.run(1.0, every_s=EVERY_S, keys=KEYS):
        pass
    found = measured(terminal, result)
    answers, lags = key_to_paint(terminal, found["painted"]), [1000 * lag for lag in found["lags"]]
    paint, lag = percentile(answers, 0.95), percentile(lags, 0.99)
    return [
        Figure(goal="G12", what="key to paint p95 beside the engine", value=paint, unit="ms", target=100, stretch=60),
        Figure(goal="G12", what="keys without a frame", value=unpaired(terminal, found), unit="", target=0),
        Figure(goal="G12", what="items done", value=found["done"], unit="", target=items, at_least=True),
        Figure(goal="G12", what="lag p99 beside the engine", value=lag, unit="ms"),
        Figure(goal="G12", what="share of the interface's thread", value=100 * found["cpu_share"], unit="%"),
        Figure(goal="G12", what="share of the whole process", value=100 * found["process_share"], unit="%"),
    ]
