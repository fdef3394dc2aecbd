"""`worktree` in whole runs (language 13.10)."""

import textwrap

import pytest

from prodigy_tui.events.schema import AgentFinished, StepFinished
from prodigy_tui.events.values import AgentOutcome
from tests.support.rules import rule

COMMIT = "git add --all && git commit -qm x"


@pytest.fixture
def project(lab):
    lab.repo.commit(".gitignore", ".env\nnode_modules\n.venv/\ncache/\n*.log\n")
    return lab


def run_of(worktree: str, *steps: str, items: str = "[a, b]", parallel: int = 1, more: str = "") -> str:
    template = "".join(f"    - {step}\n" for step in steps)
    rules = textwrap.indent(textwrap.dedent(worktree).strip(), "    ")
    return (
        f"map:\n  input: {items}\n  max_parallel: {parallel}\n  worktree:\n{rules}\n  agent_template:\n{template}{more}"
    )


def outcomes(ran) -> list[AgentOutcome]:
    return [finished.outcome for finished in ran.of(AgentFinished)]


def log(ran, item: int) -> str:
    return ran.log(f"items/{ran.state.items[ran.state.order[item]].item.safe_id}/1")


@rule("13.10 runs: include", "13.10 runs: copy", "13.10 runs: link")
async def test_agents_get_their_files_before_every_attempt(project):
    project.repo.write(".env", "KEY=1\n")
    project.repo.write(".venv/bin/tool", "#!/bin/sh\n")
    project.repo.write("node_modules/x/y.js", "y")
    project.repo.write("local.cfg", "cfg\n")
    project.repo.write("secret.log", "not asked for\n")
    ran = await project.run(
        run_of(
            "include: ['.env', '.venv/**']\ncopy: [local.cfg]\nlink: [node_modules]",
            '"cat .env local.cfg .venv/bin/tool node_modules/x/y.js && ! test -e secret.log"',
            '"echo changed >> local.cfg; rm .env; echo ${item} > ${item}; git add ${item}; git commit -qm x"',
        ),
        merge="yes",
    )
    assert outcomes(ran) == ["success", "success"]
    assert "changed" not in log(ran, 1).split("$ echo")[0]
    assert set(project.repo.files()) == {".gitignore", "readme.txt", "a", "b"}
    assert [warned.code for warned in ran.state.warnings] == []
    assert project.repo.read("local.cfg") == "cfg\n"


@rule("13.10 runs: sources")
async def test_files_that_setup_made_come_first(project):
    project.repo.write(".env", "of the checkout")
    ran = await project.run(
        "setup: ['echo of setup > .env']\n" + run_of("copy: [.env]", "cat .env", items="[a]"),
    )
    assert "of setup" in log(ran, 0)


@rule("13.10 runs: not work")
@pytest.mark.parametrize("policy", ["patch", "commit", "fail"])
async def test_what_was_put_there_is_nobodys_work(project, policy):
    project.repo.write("local.cfg", "cfg\n")
    project.repo.write("lib/z", "z")
    ran = await project.run(
        f"uncommitted: {policy}\n"
        + run_of(
            "copy: [local.cfg, lib]\nsetup: ['echo made > by-setup']",
            "{shell: 'echo 1 > own', commit_config: {}}",
            "\"test -f by-setup && test '${workflow.files_added}' = own\"",
            items="[a]",
        ),
        merge="yes",
    )
    assert outcomes(ran) == ["success"]
    assert set(project.repo.files()) == {".gitignore", "readme.txt", "own"}
    assert ran.state.warning_count == 0


@rule("13.10 runs: missing")
@pytest.mark.parametrize("key", ["copy", "link"])
async def test_a_file_that_is_nowhere_fails_the_attempt(project, key):
    ran = await project.run(run_of(f"{key}: [nowhere.cfg]", "'true'", items="[a]"))
    (entry,) = ran.state.items.values()
    assert (entry.status, entry.failure.kind) == ("dead", "worktree")
    assert (
        entry.failure.message == f"worktree.{key}: 'nowhere.cfg' is neither in the run's worktree nor in the checkout"
    )


@rule("13.10 runs: escape")
async def test_a_file_that_lies_elsewhere_fails_the_attempt(project):
    (project.repo.path / "key").symlink_to("/etc/hostname")
    ran = await project.run(run_of("copy: [key]", "'true'", items="[a]"))
    (entry,) = ran.state.items.values()
    assert (entry.status, entry.failure.code) == ("dead", "PT801")


@rule("13.10 runs: escape")
async def test_a_link_that_an_agent_left_in_a_kept_folder_leads_nowhere(project):
    project.repo.write("cache/x/tool", "tool")
    ran = await project.run(
        run_of(
            "include: ['cache/**']\nkeep: [cache]",
            "'rm -rf cache/x && ln -s $OUTSIDE cache/x'",
        )
    )
    first, second = (ran.state.items[item] for item in ran.state.order)
    assert (first.status, second.status, second.failure.code) == ("success", "dead", "PT801")
    assert list(project.outside.iterdir()) == []


@rule("13.10 runs: mode")
async def test_fresh_worktrees_are_fresh_and_pooled_ones_are_cleaned(project):
    step = '"! test -e node_modules; mkdir -p node_modules; stat -c %i readme.txt"'
    fresh = await project.run(run_of("mode: fresh", step))
    assert outcomes(fresh) == ["success", "success"]
    pooled = await project.run(run_of("mode: pooled", step))
    assert outcomes(pooled) == ["success", "success"]
    inode = [log(pooled, n).split()[-1] for n in (0, 1)]
    assert inode[0] == inode[1], "the files of a pooled worktree stay"


@rule("13.10 runs: keep")
async def test_what_is_kept_is_there_for_the_next_agent(project):
    ran = await project.run(
        run_of(
            "keep: [node_modules]",
            '"ls node_modules || true; mkdir -p node_modules cache; touch node_modules/of-${item} cache/of-${item}"',
            "'ls cache'",
        )
    )
    assert "of-a" in log(ran, 1)
    assert log(ran, 1).split("$ ls cache")[1].split() == ["of-b"]


@rule("13.10 runs: setup")
async def test_setup_runs_before_every_attempt(project):
    ran = await project.run(
        run_of("setup: ['echo x >> $OUTSIDE/runs; mkdir node_modules']", "test -d node_modules"),
    )
    assert outcomes(ran) == ["success", "success"]
    assert (project.outside / "runs").read_text() == "x\nx\n"
    assert ran.steps(ran.state.order[0])["worktree/0"] == "ok"


@rule("13.10 runs: setup left out")
@pytest.mark.parametrize(
    ("rules", "runs"),
    [
        ("keep: [node_modules]\nsetup: ['echo x >> $OUTSIDE/runs; mkdir node_modules; touch node_modules/y']", 1),
        ("keep: [node_modules]\nsetup: ['echo x >> $OUTSIDE/runs; mkdir -p node_modules; touch x.log']", 3),
        ("keep: [node_modules]\nsetup: ['echo x >> $OUTSIDE/runs; echo y >> readme.txt']", 3),
        (
            "keep: [node_modules]\n"
            "setup: ['echo x >> $OUTSIDE/runs; mkdir -p node_modules; touch node_modules/${item}']",
            3,
        ),
        ("setup: ['echo x >> $OUTSIDE/runs; mkdir node_modules']", 3),
    ],
    ids=["kept", "ignored but not kept", "tracked", "of the item", "nothing kept"],
)
async def test_setup_is_left_out_where_all_it_made_is_kept(project, rules, runs):
    ran = await project.run(run_of(rules, "'true'", items="[a, b, c]"))
    assert outcomes(ran) == ["success"] * 3
    assert (project.outside / "runs").read_text() == "x\n" * runs


@rule("13.10 runs: setup left out")
async def test_setup_runs_again_where_an_agent_took_away_what_it_made(project):
    ran = await project.run(
        run_of(
            "keep: [node_modules]\nsetup: ['echo x >> $OUTSIDE/runs; mkdir node_modules; touch node_modules/y']",
            "'test -f node_modules/y; rm -rf node_modules'",
        )
    )
    assert outcomes(ran) == ["success"] * 2
    assert (project.outside / "runs").read_text() == "x\nx\n"


@rule("13.10 runs: setup fails")
async def test_a_setup_that_fails_fails_the_attempt(project):
    ran = await project.run(run_of("setup: [{shell: 'exit 7', name: prepare}]", "touch $OUTSIDE/never", items="[a]"))
    (entry,) = ran.state.items.values()
    assert (entry.status, entry.failure.exit_code, entry.failure.step) == ("dead", 7, "prepare")
    assert not (project.outside / "never").exists()


@rule("13.10 runs: sparse")
async def test_an_agent_sees_only_its_folders(project):
    for name in ("src/a/one", "src/b/two", "docs/three"):
        project.repo.commit(name, name)
    config = (project.repo.path / ".git/config").read_bytes()
    ran = await project.run(
        run_of(
            "sparse: ['src/${item}']",
            '"find . -name .git -prune -o -type f -print | sort"',
            '"git status --porcelain; echo ${item} > src/${item}/new; git add --all; git commit -qm x"',
            '"git status --porcelain"',
        ),
        merge="yes",
    )
    assert outcomes(ran) == ["success", "success"]
    assert log(ran, 0).splitlines()[1:4] == ["./.gitignore", "./readme.txt", "./src/a/one"]
    assert log(ran, 1).splitlines()[1:4] == ["./.gitignore", "./readme.txt", "./src/b/two"]
    assert {"src/a/new", "src/b/new", "docs/three"} <= set(project.repo.files())
    assert ran.state.warning_count == 0
    assert (project.repo.path / ".git/config").read_bytes() == config


@rule("13.10 runs: escape")
@pytest.mark.parametrize("item", ["../x", ".git", "a/../../b"])
async def test_a_folder_that_lies_elsewhere_fails_the_attempt(project, item):
    ran = await project.run(run_of("sparse: ['src/${item}']", "'true'", items=f"['{item}']"))
    (entry,) = ran.state.items.values()
    assert (entry.status, entry.failure.code) == ("dead", "PT801")


@rule("13.10 runs: top level")
async def test_the_run_worktree_gets_what_the_top_level_says(project):
    project.repo.write(".env", "KEY=1\n")
    project.repo.write("local.cfg", "cfg\n")
    project.repo.write("node_modules/y", "y")
    ran = await project.run(
        """
mode: standard
worktree:
  include: [.env]
  copy: [local.cfg, nowhere]
  link: [node_modules]
  setup: ["echo x >> $OUTSIDE/runs; touch by-setup"]
steps:
  - "cat .env local.cfg node_modules/y by-setup"
  - {shell: "echo 1 > own", auto_commit: true}
""",
        merge="yes",
    )
    assert ran.state.landing.status == "landed"
    assert set(project.repo.files()) == {".gitignore", "readme.txt", "own"}
    assert ran.state.warning_count == 0
    assert (project.outside / "runs").read_text() == "x\n"


@rule("13.10 runs: top level")
async def test_it_is_not_done_twice_in_a_resumed_run(project):
    project.repo.write("local.cfg", "cfg\n")
    text = """
mode: standard
worktree: {copy: [local.cfg], setup: ["echo x >> $OUTSIDE/runs; touch by-setup"]}
steps:
  - "echo changed > local.cfg"
  - "touch $OUTSIDE/reached; while ! test -e $OUTSIDE/go; do sleep 0.05; done; cat local.cfg"
"""
    async with project.live(text) as live:
        await live.until_file(project.outside / "reached")
        live.send("stop")
    (project.outside / "go").touch()

    ran = await project.reopen(project.ran(live), merge="yes")

    assert ran.said()["1"].strip() == "changed"
    assert (project.outside / "runs").read_text() == "x\n"
    assert ran.state.warning_count == 0


@rule("13.10 runs: top level")
async def test_a_setup_of_the_run_that_fails_fails_it(project):
    ran = await project.run("mode: standard\nworktree: {setup: ['exit 4']}\nsteps: [touch never]")
    assert ran.state.status == "failed"
    assert [event.path for event in ran.of(StepFinished)] == ["worktree/0"]


@rule("13.10 runs: top level")
async def test_the_run_worktree_may_be_sparse(project):
    for name in ("src/a/one", "docs/three"):
        project.repo.commit(name, name)
    ran = await project.run(
        """
mode: standard
worktree: {sparse: [src]}
steps: ["! test -e docs", {shell: "echo 1 > src/new", auto_commit: true}, "git status --porcelain"]
""",
        merge="yes",
    )
    assert ran.state.landing.status == "landed"
    assert ran.said()["2"] == ""
    assert {"src/new", "docs/three"} <= set(project.repo.files())
