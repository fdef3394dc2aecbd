"""A system that allows few open files."""

from tests.support.program import Driven
from tests.support.project import Project

WORKFLOW = """
name: many
mode: mapreduce
map:
  input: {items}
  json_path: $[*]
  max_parallel: 8
  agent_template:
    - shell: "true"
"""


def test_too_few_open_files_for_all_agents_are_told_once(project: Project) -> None:
    items = project.home.parent / "items.json"
    items.write_text("[1, 2, 3, 4, 5, 6, 7, 8]")
    workflow = project.workflow(WORKFLOW.format(items=items))
    limited = ("sh", "-c", 'ulimit -n 300; exec "$@"', "sh")

    driven = Driven("run", workflow, "--headless", "--yes", "--allow-outside", str(items.parent), before=limited)
    code, said = driven.end()

    assert code == 0, said
    assert said.count("the system allows this program 300 open files") == 1
    assert "lower max_parallel" in said
