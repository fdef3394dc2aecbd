"""A called run that nobody goes on with: what it has called in turn goes with it (language 15.5)."""

from prodigy_tui.engine.called.called_runs import CalledRuns
from prodigy_tui.engine.session import RunSession
from prodigy_tui.events.bus import Bus
from tests.crash.damage import end, sleeper
from tests.engine.called_runs import nothing_left_of
from tests.support.rules import rule


@rule("15.5 map retry")
async def test_what_a_called_run_that_is_given_up_has_called_in_turn_ends_with_it(lab):
    ran = await lab.run("""
    workflows:
      inner:
        map:
          input: [a]
          agent_template: ["echo x > x.txt; git add .; git commit -qm x"]
        reduce: ["test -e $OUTSIDE/never"]
      outer:
        setup: [{workflow: inner}]
        map: {input: [b], agent_template: ["true"]}
    steps: [{workflow: outer}]
    """)
    assert ran.state.status == "failed"
    nested = f"{ran.state.run_id}.1.1"
    stray = sleeper(PRODIGY_AGENT_ID=f"{nested}:a:1:0:1")
    calls = CalledRuns(lab.services(Bus()), RunSession)

    try:
        assert list(calls.open_below(ran.state)) == [f"{ran.state.run_id}.1", nested]
        await calls.discard(f"{ran.state.run_id}.1", ran.state.run_branch)
    finally:
        assert end(stray) == -9
    assert nothing_left_of(ran)
    assert nothing_left_of(ran, "1.1")
