"""What there is by the time of the first picture. It stands for how long a start takes, which a benchmark measures."""

import json
import sys

import pytest

from prodigy_tui.events.codec import encode
from tests.benchmarks.interface.program import environment
from tests.benchmarks.interface.pseudo_terminal import Terminal
from tests.support.make import make_run

LIBRARIES = {"click", "msgspec", "rich", "rpds", "textual", "typing_extensions"}
"""What draws, what reads events and arguments, and what these bring."""
NOT_YET = {"engine", "workflow", "git", "agents", "process"}
MODULES, RULES = 224, 82
"""Own modules and rules of style sheets, with a little room."""
LEFT_OUT = {
    "textual.command", "textual.canvas", "textual.types", "textual.widgets._input", "rich.table",
    "textual.css._help_text", "shutil", "difflib", "pickle",
}  # fmt: skip
"""What Textual loads for its palette, for sheets that are wrong and for sizes, and what the first filter needs."""
STANDS_IN = {"textual.markup", "textual.pilot"}
PROGRAM = """
import json, sys
before = set(sys.modules)
from prodigy_tui.cli.main import run_program
from prodigy_tui.tui.app import ProdigyApp

def ready(app):
    new = {name: module for name, module in sys.modules.items() if name not in before}
    modules = {name: getattr(module, "__file__", None) or "" for name, module in new.items()}
    with open(sys.argv[1], "w") as file:
        json.dump([modules, len(app.stylesheet.rules)], file)
    app.exit("over")

ProdigyApp.on_ready = ready
sys.exit(run_program(["replay", sys.argv[2]]))
"""


@pytest.fixture(scope="module")
def by_then(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], int]:
    """The modules that are loaded by the time of the first picture with their files, and the number of rules."""
    folder = tmp_path_factory.mktemp("start")
    log, result = folder / "events.jsonl", folder / "result.json"
    log.write_bytes(b"".join(encode(envelope) for envelope in make_run(items=20)))
    terminal = Terminal([sys.executable, "-c", PROGRAM, str(result), str(log)], environment(folder))
    terminal.open()
    assert terminal.wait(50) == 0, terminal.said
    modules, rules = json.loads(result.read_text())
    return modules, rules


def test_a_start_loads_only_what_the_first_picture_needs(by_then: tuple[dict[str, str], int]) -> None:
    modules, rules = by_then
    own = [name.split(".") for name in modules if name.startswith("prodigy_tui.")]

    assert {name.partition(".")[0] for name, file in modules.items() if "site-packages" in file} <= LIBRARIES
    assert NOT_YET.isdisjoint(parts[1] for parts in own)
    assert LEFT_OUT.isdisjoint(modules)
    assert [modules.get(name, "") for name in STANDS_IN] == ["", ""]
    assert len(own) <= MODULES
    assert rules <= RULES
