"""The option `--guard` of `run` (cli 8.8)."""

from tests.support.project import Project
from tests.support.rules import rule


@rule("cli 8.8 stop")
def test_the_option(project: Project):
    workflow = project.workflow("- {name: deed, shell: 'git commit -q --allow-empty -m x', working_dir: \"$CHECKOUT\"}")
    here = project.repo.path
    arguments = ("run", workflow, "--headless", "--allow-outside", here, "--env", f"CHECKOUT={here}")
    assert project.call(*arguments, "--guard", "stop").code == 1
    called = project.call(*arguments, "--guard", "warn")
    assert called.code == 0
    assert "your checkout changed while 'deed' was in flight" in called.err
