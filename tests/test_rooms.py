"""The rooms keep to themselves: what a fresh interpreter loads for a pure module, what view-models never ask."""

import ast
import subprocess
import sys
from pathlib import Path

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


MODEL = Path(__file__).parents[1] / "prodigy_tui" / "tui" / "model"
LOOKING = frozenset(
    [
        *("cwd", "home", "exists", "is_file", "is_dir", "is_symlink", "stat", "lstat", "iterdir", "glob", "rglob"),
        *("resolve", "samefile", "expanduser", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir"),
        *("unlink", "rename", "getenv"),
    ]
)
"""What a path, or the system, is asked or told by."""
OUTSIDE = frozenset(
    [
        *("os", "subprocess", "socket", "shutil", "tempfile", "glob"),
        *("time", "random", "threading", "asyncio", "textual"),
    ]
)
READS_OUTPUT = frozenset({"log_merged.py", "log_saving.py", "output.py"})
"""Those that write what somebody reads of an agent's output into a file."""


def asked_of_the_world(source: str) -> set[str]:
    """Returns what of a module reaches out of it: modules imported, methods called."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names} & OUTSIDE
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module.partition(".")[0]} & OUTSIDE
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & LOOKING
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & {"open"}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found |= {node.func.attr} & {"open"}
    return found


def test_view_models_ask_neither_the_file_system_nor_the_system():
    assert asked_of_the_world("import os.path\nPath.cwd()\n(place / '.git').exists()") == {"os", "cwd", "exists"}
    asked = {path.name: found for path in MODEL.glob("*.py") if (found := asked_of_the_world(path.read_text("utf-8")))}
    assert {name: found for name, found in asked.items() if name not in READS_OUTPUT} == {}
    assert {name: found for name, found in asked.items() if name in READS_OUTPUT} == {
        "log_merged.py": {"open"},
        "log_saving.py": {"open", "expanduser"},
        "output.py": {"open"},
    }
