"""The rooms keep to themselves: what a fresh interpreter loads for a pure module."""

import subprocess
import sys

import pytest

PURE = [
    "prodigy_tui.events.values",
    "prodigy_tui.events.schema",
    "prodigy_tui.events.codec",
    "prodigy_tui.events.state",
    "prodigy_tui.events.evolve",
    "prodigy_tui.workflow.model",
    "prodigy_tui.workflow.load",
    "prodigy_tui.workflow.expr",
    "prodigy_tui.workflow.interpolate",
    "prodigy_tui.workflow.items",
    "prodigy_tui.engine.decisions.actions",
    "prodigy_tui.engine.decisions.scheduler",
    "prodigy_tui.engine.decisions.policy",
    "prodigy_tui.report.measure",
    "prodigy_tui.report.html",
]
IMPURE = ("asyncio", "subprocess", "textual", "prodigy_tui.clock", "prodigy_tui.process")


def loaded_by(module: str, names: tuple[str, ...]) -> str:
    """Returns which of `names` a fresh interpreter has loaded after importing `module`."""
    program = f"import sys, {module}; print(*[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("module", PURE)
def test_the_pure_core_loads_no_loop_clock_process_or_screen(module):
    assert loaded_by(module, IMPURE) == ""
