"""How many processes a run costs beside its own commands: a count does not depend on the machine, as a time would."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from prodigy_tui.events.bus import Bus
from prodigy_tui.started import COMMANDS
from tests.support.engine import Lab
from tests.support.git_versions import stays_open

PER_RUN = 47
"""Git commands of a run with a map that lands, whatever the number of its items, if a worktree is used again."""
PER_ITEM = 0
"""What was committed and that nothing else is left, a clean merge, and the way to the next base start none."""
PLAIN = 34
"""Git commands of a run of one step that lands."""
TAKEN_UP = 30
"""Git commands of a run that is taken up when its map is done."""

MAP = """
map:
  input: {items}
  max_parallel: 2
  agent_template: ["echo > {name}-${{item}}.txt; sleep 0.02; git add -A; git commit -qm done"]
"""
"""An agent that sleeps less may have changed its file when git looked, or after that, by the clock of a file system."""


async def git_commands(lab: Lab, text: str) -> list[str]:
    """Runs a workflow and returns the git commands that it took, the first word of each; the repository is known."""
    lab.services(Bus())

    async def land() -> None:
        ran = await lab.run(text, merge="yes")
        assert ran.state.landing is not None
        assert ran.state.landing.status == "landed"

    return await git_commands_of(land)


async def git_commands_of(work: Callable[[], Awaitable[object]]) -> list[str]:
    """Does something and returns the git commands that it took, the first word of each."""
    before = COMMANDS.begin((), Path()).number
    await work()
    started = [command.argv for command in COMMANDS.all() if command.number > before]
    return [next(word for word in argv if word[:1].islower() and word != "git") for argv in started if "git" in argv]


@stays_open
async def test_items_cost_no_git_commands_and_a_run_a_bounded_number(lab: Lab):
    few = await git_commands(lab, MAP.format(items=list(range(3)), name="few"))
    many = await git_commands(lab, MAP.format(items=list(range(8)), name="many"))

    assert (len(many) - len(few)) / 5 <= PER_ITEM, Counter(many) - Counter(few)
    assert len(few) <= PER_RUN + 3 * PER_ITEM, Counter(few)


async def test_a_run_is_taken_up_with_as_many_git_commands_whatever_its_items(lab: Lab):
    taken = []
    for items in (2, 7):
        ran = await lab.run(MAP.format(items=list(range(items)), name=f"of{items}"))
        assert ran.state.merged == items
        taken.append(await git_commands_of(lambda ran=ran: lab.reopen(ran)))

    assert taken[0] == taken[1]
    assert len(taken[0]) <= TAKEN_UP, taken[0]


async def test_a_run_without_a_map_costs_less(lab: Lab):
    plain = await git_commands(lab, '- shell: "echo x > n.txt; git add -A; git commit -qm n"')

    assert len(plain) <= PLAIN, Counter(plain)
