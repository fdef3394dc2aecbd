"""What the summary says of a run whose result is less than its items suggest."""

from tests.support.project import Project

LEAVING = """
map:
  input: [alpha, beta]
  agent_template: ["echo hello >> ${item}.txt"]
"""


def test_changes_that_nobody_committed_are_told_with_their_place_and_the_way_out(project: Project) -> None:
    ran = project.call("run", project.workflow(LEAVING), "--headless")

    assert ran.code == 0
    assert "warning PT612 at map.agent_template: the steps change files and commit nothing" in ran.err
    (line,) = [line for line in ran.out.splitlines() if line.startswith("  left ")]
    assert line.startswith("  left    2 items changed files and committed nothing: what they left is kept as patches")
    place = line.partition(" patches in ")[2].partition(";")[0]
    assert line.endswith("commit in a step, give a step 'auto_commit: true', or the workflow 'uncommitted: commit'")
    told = "2 items changed files and committed nothing"
    assert project.call("runs", "show", "last", "--json").json["shortfalls"] == [told]
    assert project.call("report", "last", "--format", "json").json["shortfalls"] == [told]
    assert f"| lacks | {told} |" in project.call("report", "last", "--format", "md").out
    assert len(list(project.home.glob("repos/*/runs/*/artifacts/items/*/1/leftover.patch"))) == 2
    assert place.startswith(str(project.home))
