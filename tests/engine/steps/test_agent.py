"""Agent steps in a whole run, played by the scripted provider: results, messages, and limits that are only weather."""

from prodigy_tui.events.schema import AgentMessage, ProviderLimited, UsageReported
from tests.support.clock import HurriedClock
from tests.support.rules import rule

SCRIPT = """
- agent:
    prompt: "{prompt}"
    provider: scripted
    options: {{script: [{{match: "", do: {do}}}]}}
"""


def agent(do: str, prompt: str = "go") -> str:
    return SCRIPT.format(do=do, prompt=prompt)


@rule("5.5 runs: output")
async def test_what_an_agent_does_and_says(lab):
    ran = await lab.run("""
    - agent:
        prompt: improve readme.txt
        provider: scripted
        options:
          script:
            - {match: other, do: [{fail: wrong rule}]}
            - match: "improve (\\\\w+)"
              do:
                - {append: {path: readme.txt, content: "more\\n"}}
                - {commit: better}
                - {usage: {input_tokens: 10, output_tokens: 5, usd: 0.25}}
                - {say: all done}
      id: improve
      commit_required: true
    - shell: "echo ${agent.output}, ${improve.exit_code}, ${improve.success}, ${agent.cost_usd}, ${agent.tokens}"
    """)

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said()["1"] == "all done, 0, true, 0.25, 15"
    assert ran.files()["readme.txt"] == "hello\nmore"
    assert (ran.state.usage.input_tokens, ran.state.usage.usd) == (10, 0.25)
    assert [event.kind for event in ran.of(AgentMessage)] == ["session", "tool", "tool", "said"]
    assert "> improve readme.txt" in ran.log("phases/steps")


@rule("5.5 runs: scripted")
async def test_a_script_of_the_operator_and_another_provider_replace_what_the_workflow_says(lab):
    ran = await lab.run(
        "- /deploy now\n", provider="scripted", script=[{"match": "^/deploy", "do": [{"say": "not really"}]}]
    )

    assert ran.said() == {"0": "not really"}


@rule("5.5 fake done")
async def test_an_agent_that_fails_fails_the_step(lab):
    ran = await lab.run(agent("[{say: hm}, {fail: 'cannot do that'}]"))

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.message, failure.tail) == ("agent", "cannot do that", "hm")
    assert ran.state.exit_code == 1


@rule("5.5 fake done")
async def test_an_agent_without_a_word_needs_a_commit(lab):
    silent = await lab.run(agent("[{write: {path: a, content: x}}]"))
    busy = await lab.run(agent("[{write: {path: a, content: x}}, {commit: made}]"))

    assert (
        silent.state.phases["steps"].steps["0"].failure.message == "the agent ended without a word and without a commit"
    )
    assert busy.state.status == "succeeded"


@rule("6.8 runs: idle")
async def test_an_agent_times_out(lab):
    clock = HurriedClock(3000)
    late = await lab.run(agent("[{wait: 30m}]").rstrip() + "\n  timeout: 20m\n", clock=clock)
    idle = await lab.run(agent("[{wait: 31m}]"), clock=clock)

    assert late.state.phases["steps"].steps["0"].failure.kind == "timeout"
    assert idle.state.phases["steps"].steps["0"].failure.exit_code == 124


async def test_messages_in_events_are_one_bounded_line(lab):
    ran = await lab.run(agent('[{say: "one\\ntwo \\u001b[31mred\\u202e" }]'))

    said = next(event.text for event in ran.of(AgentMessage) if event.kind == "said")
    assert said.startswith("one two ")
    assert not set(said) & {"\n", "\x1b", "\u202e"}
    assert ran.said()["0"] == "one\ntwo \x1b[31mred\u202e"


async def test_a_large_value_in_a_prompt_becomes_a_file(lab):
    ran = await lab.run("""
    - shell: "yes x | head -c 150000 | tr -d '\\n'"
      capture: big
    - agent:
        prompt: "read ${big}"
        provider: scripted
        options: {script: [{match: 'read /.*values/\\w+\\.txt$', do: [{say: ok}]}]}
    """)

    assert ran.said()["1"] == "ok"


@rule("6.7 runs: not counted")
async def test_a_limit_is_waited_out_and_is_no_attempt(lab):
    ran = await lab.run(
        """
    map:
      input: [a]
      agent_template:
        - agent: {prompt: "do ${item}", provider: scripted, options: {script: [
            {match: "", do: [{append: {path: tried, content: "x"}}, {usage: {input_tokens: 3}}, {limit: 60s},
                             {append: {path: tried, content: "y"}}, {commit: c}, {say: ok}]}]}}
          timeout: 50s
    """,
        clock=HurriedClock(50),
    )

    (item,) = ran.state.items.values()
    assert (item.status, item.attempt, len(item.history)) == ("success", 1, 1)
    assert ran.files()["tried"] == "xy"
    (limited,) = ran.of(ProviderLimited)
    noted = next(envelope.at for envelope in ran.envelopes if envelope.event is limited)
    assert 0 < (limited.until - noted).total_seconds() <= 60
    assert ran.state.items[item.item.id].ended_at >= limited.until
    assert [event.usage.input_tokens for event in ran.of(UsageReported)] == [3]


@rule("6.7 runs: probe")
async def test_a_limit_holds_all_agents_of_the_provider_and_one_probe_goes_first(lab):
    ran = await lab.run(
        """
    map:
      input: [a, b, c, d]
      max_parallel: 4
      agent_template:
        - agent: {prompt: "do ${item}", provider: scripted, options: {script: [
            {match: "a", do: [{limit: 40s}, {say: ok}]}, {match: "", do: [{wait: 10s}, {limit: 20s}, {say: ok}]}]}}
    """,
        clock=HurriedClock(100),
    )

    assert set(ran.statuses().values()) == {"success"}
    assert len(ran.of(ProviderLimited)) == 4
    assert all(item.attempt == 1 for item in ran.state.items.values())


@rule("6.2 not for limits")
async def test_no_limit_triggers_a_handler_or_the_dead_letter_queue(lab):
    ran = await lab.run(
        agent("[{limit: 30s}, {fail: broken}]").rstrip() + "\n  on_failure: {shell: 'echo x >> $OUTSIDE/handled'}\n",
        clock=HurriedClock(100),
    )

    assert ran.steps()["0"] == "recovered"
    assert (lab.outside / "handled").read_text() == "x\n"
