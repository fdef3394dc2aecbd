"""The guard of the user's repository while steps are at work (cli 8.8)."""

import pytest

from prodigy_tui.events.schema import StepStarted, StopDecided
from tests.support.rules import rule

STEPS = """
- {{name: innocent, shell: "true"}}
- {{name: the deed, shell: "cd $CHECKOUT && {deed}"}}
- {{name: after, shell: "touch $OUTSIDE/after; sleep 20"}}
"""
QUIET_STEPS = """
- {{name: the deed, shell: "cd $CHECKOUT && {deed}"}}
- {{name: after, shell: "true"}}
"""


@pytest.fixture
def guarded(lab):
    lab.environ["CHECKOUT"] = str(lab.repo.path)
    lab.repo.commit("a.txt", "a\n")
    return lab


def said(ran) -> list[str]:
    return [warned.message for warned in ran.state.warnings]


@rule("cli 8.8 common")
@pytest.mark.parametrize(
    ("deed", "name"),
    [
        ("git config alias.x y", "config"),
        ("echo x > .git/hooks/pre-commit", "hooks/pre-commit"),
        ("echo x >> .git/info/exclude", "info/exclude"),
    ],
)
async def test_changed_settings_or_hooks_stop_the_run_and_name_the_steps(guarded, deed, name):
    ran = await guarded.run(STEPS.format(deed=deed))

    (stop,) = ran.of(StopDecided)
    assert stop.message.startswith(f"the repository's settings or hooks changed while 'the deed' was in flight: {name}")
    assert (ran.state.status, ran.state.exit_code) == ("stopped", 1)


async def test_a_run_that_was_stopped_so_can_be_resumed(guarded):
    deed = "test -e $OUTSIDE/done || { touch $OUTSIDE/done; git config alias.x y; }"
    text = QUIET_STEPS.format(deed=deed)
    text = text.replace('shell: "true"', 'shell: "test -e $OUTSIDE/go || sleep 20"')
    ran = await guarded.run(text)
    assert ran.state.status == "stopped"
    (guarded.outside / "go").touch()

    ran = await guarded.reopen(ran)

    assert ran.state.status == "succeeded"
    assert len([event for event in ran.of(StepStarted) if event.label == "the deed"]) == 1


@rule("cli 8.8 checkout")
@pytest.mark.parametrize(
    ("deed", "what"),
    [
        ("git commit -q --allow-empty -m mine", "branch main"),
        ("echo x > new; git add new", "index"),
        ("git checkout -q -b mine", "HEAD"),
    ],
)
async def test_a_change_of_the_checkout_is_a_warning(guarded, deed, what):
    ran = await guarded.run(QUIET_STEPS.format(deed=deed))

    assert ran.state.status == "succeeded"
    (first, *_) = reversed(said(ran))
    assert first.startswith("your checkout changed while 'the deed' was in flight: ")
    assert what in first


@rule("cli 8.8 phase ends")
async def test_files_that_steps_change_in_the_checkout_are_told_at_the_end_of_the_phase(guarded):
    ran = await guarded.run(QUIET_STEPS.format(deed="echo changed > a.txt; echo x > new.txt"))

    assert ran.state.status == "succeeded"
    assert said(ran) == ["the status of your checkout changed while 'the deed', 'after' were in flight: a.txt, new.txt"]


@rule("cli 8.8 stop")
@pytest.mark.parametrize("deed", ["git commit -q --allow-empty -m mine", "echo x > new.txt"])
async def test_or_a_stop(guarded, deed):
    ran = await guarded.run(QUIET_STEPS.format(deed=deed), guard="stop")

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 1)
    assert said(ran) == []


@rule("cli 8.8 common")
async def test_agents_are_named_with_their_items(guarded):
    ran = await guarded.run(
        """
map:
  input: [one]
  agent_template: [{name: naughty, shell: "git config alias.x y"}, "sleep 20"]
"""
    )
    (stop,) = ran.of(StopDecided)
    item = ran.state.items[ran.state.order[0]].item
    assert f"'naughty' of {item.label or item.id} was in flight" in stop.message


@rule("cli 8.8 ours")
async def test_work_in_worktrees_and_our_own_landing_are_no_alarm(guarded):
    ran = await guarded.run(
        """
setup: ["git status; echo 1 > 1; git add .; git commit -qm 1; git branch prodigy/mine; git worktree list"]
map:
  input: [a, b, c]
  agent_template: ["echo ${item} > ${item}; git add .; git commit -qm ${item}"]
merge:
  steps: ["git -C ${merge.target_path} status"]
""",
        merge="yes",
        guard="stop",
    )
    assert (ran.state.status, ran.state.landing.status) == ("succeeded", "landed")
    assert said(ran) == []


async def test_merge_steps_may_land_by_themselves(guarded):
    ran = await guarded.run(
        """
mode: standard
steps: ["echo 1 > 1; git add .; git commit -qm 1"]
merge: {steps: ["git -C ${merge.target_path} merge -q ${merge.source_branch}"]}
""",
        merge="yes",
        guard="stop",
    )
    assert (ran.state.status, ran.state.landing.status) == ("succeeded", "landed")
