"""A run of which a part is left to do, and what the tests of `resume` look at."""

from prodigy_tui.errors import ExitCode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.support.project import Project

WORKFLOW = """
name: edited
setup:
  - "echo first >> $LEDGER; echo x > made.txt; git add made.txt; git commit -qm made"
  - "echo second >> $LEDGER; echo said"
map:
  input: [a, b, c]
  max_parallel: 1
  agent_template:
    - "echo ${item} >> $LEDGER; test ${item} != b -o -e $LEDGER.mended"
    - "echo ${item} > ${item}.txt; git add --all; git commit -qm ${item}"
reduce:
  - "echo counted >> $LEDGER"
  - "test -e $LEDGER.mended"
"""


def fail(project: Project) -> None:
    called = project.call("run", project.workflow(WORKFLOW), "-y", "--headless")
    assert called.code == ExitCode.FAILED, called.err


def ledger(project: Project) -> list[str]:
    return (project.home.parent / "ledger").read_text().split()


def mend(project: Project) -> None:
    (project.home.parent / "ledger.mended").touch()


def state_of(project: Project) -> RunState:
    return fold(read_events(project.folder(project.runs()[0]).events))


def everything(project: Project) -> dict[str, bytes]:
    """All that a look must leave as it is: the record, the repository, its folder."""
    places = (project.folder(project.runs()[0]).path, project.repo.path)
    files = (file for place in places for file in place.rglob("*") if file.is_file() and not file.is_symlink())
    return {str(file): file.read_bytes() for file in files}
