"""What is decided in the interface about dead letters reaches the run that this process drives."""

from pathlib import Path

import pytest

from prodigy_tui.cli.letters.deciding import LiveDecisions, read_values
from tests.support.engine import Lab
from tests.support.gitrepo import hermetic
from tests.support.rules import rule

TEXT = """
parameters: {depth: {type: integer, default: 1}, token: {secret: true, required: false}}
map:
  items: [a, b, c]
  max_parallel: 1
  agent_template:
    - "test ${item} != c || while ! test -e $OUTSIDE/go; do sleep 0.02; done"
    - "test ${item} = c || test ${depth} = 2"
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    hermetic(monkeypatch)
    return Lab(tmp_path)


@rule("cli 8.1 retry live", "cli 8.1 retry param", "cli 8.1 discard")
async def test_parameters_change_and_letters_are_discarded_in_a_live_run(lab):
    async with lab.live(TEXT) as live:
        await live.until(lambda state: state.counts.dead == 2 and state.counts.running == 1)
        decisions = LiveDecisions(lambda: live.session)
        first, second = sorted(live.state.dead_letters)

        assert "dept" in await decisions.change_parameters({"dept": "2"})
        assert "depth" in await decisions.change_parameters({"depth": "two"})
        assert "secret" in await decisions.change_parameters({"token": "x"})
        assert await decisions.change_parameters({"depth": "2"}) == ""
        live.send("retry", first)
        decisions.discard((second,), "not ours")
        await live.until(lambda state: state.settings.parameters["depth"] == 2 and second in state.discarded)
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert ran.state.counts.success == 2
    assert ran.state.items[second].discarded.reason == "not ours"
    assert ran.state.items[second].discarded.by == "interface"


async def test_a_run_that_is_closed_takes_nothing_and_says_so():
    decisions = LiveDecisions(lambda: None)

    assert await decisions.change_parameters({"depth": "2"}) == "the run is closed"
    decisions.discard(("a",), "")
    decisions.reduce_again()


async def test_a_value_that_holds_already_is_no_change(lab):
    ran = await lab.run("parameters: {depth: {type: integer, default: 1}}\nsteps: ['true']")

    assert read_values(ran.state, {"depth": "1"}) == {}
    assert read_values(ran.state, {"depth": "3"}) == {"depth": 3}
    with pytest.raises(Exception, match="depht"):
        read_values(ran.state, {"depht": "3"})
