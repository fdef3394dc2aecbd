"""How many processes a run costs beside its own commands: a count does not depend on the machine, as a time would."""

from collections import Counter
from pathlib import Path

from prodigy_tui.events.bus import Bus
from prodigy_tui.started import COMMANDS
from tests.support.engine import Lab

PER_RUN = 44
"""Git commands of a run with a map that lands, whatever the number of its items."""
PER_ITEM = 3
"""Bring the worktree to the base (2), see what is left in it; what was committed and a clean merge start none."""
PLAIN = 34
"""Git commands of a run of one step that lands."""

MAP = """
map:
  input: {items}
  max_parallel: 2
  agent_template: ["echo > {name}-${{item}}.txt; git add -A; git commit -qm done"]
"""


async def git_commands(lab: Lab, text: str) -> list[str]:
    """Runs a workflow and returns the git commands that it took, the first word of each; the repository is known."""
    lab.services(Bus())
    before = COMMANDS.begin((), Path()).number
    ran = await lab.run(text, merge="yes")
    assert ran.state.landing is not None
    assert ran.state.landing.status == "landed"
    started = [command.argv for command in COMMANDS.all() if command.number > before]
    return [next(word for word in argv if word[:1].islower() and word != "git") for argv in started if "git" in argv]


async def test_items_cost_a_few_git_commands_each_and_a_run_a_bounded_number(lab: Lab):
    few = await git_commands(lab, MAP.format(items=list(range(2)), name="few"))
    many = await git_commands(lab, MAP.format(items=list(range(7)), name="many"))

    assert (len(many) - len(few)) / 5 <= PER_ITEM, Counter(many) - Counter(few)
    assert len(few) <= PER_RUN + 2 * PER_ITEM, Counter(few)


async def test_a_run_without_a_map_costs_less(lab: Lab):
    plain = await git_commands(lab, '- shell: "echo x > n.txt; git add -A; git commit -qm n"')

    assert len(plain) <= PLAIN, Counter(plain)
