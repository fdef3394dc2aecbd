"""What a call says after a limit, after a person's words, and when a conversation is gone."""

import random

import pytest

from prodigy_tui.agents import AgentResult
from prodigy_tui.agents.provider import Usage
from prodigy_tui.engine.kinds.execution import Place
from prodigy_tui.engine.providers.conversations import AFTER_LIMIT, Conversation, Conversations
from tests.support.rules import rule


class Able:
    name = "able"
    resumes = True


class Unable:
    name = "unable"
    resumes = False


def conversation(provider=None, tmp_path="/", **fields):
    place = Place(
        cwd=tmp_path, env={}, marker="m", timeout_s=100.0, idle_timeout_s=10.0, grace_s=7.0, attempt=2, log=print
    )
    return Conversation(
        provider=provider or Able(),
        prompt="do it",
        model="m",
        options={},
        place=place,
        random=random.Random(1),
        **fields,
    )


def result(kind="ok", *, usd=None, session="s-1", duration_s=30.0, lost=False):
    return AgentResult(
        ok=kind == "ok", text="", exit_code=0 if kind == "ok" else 1, reason="", kind=kind, session_id=session,
        usage=Usage(input_tokens=1, output_tokens=1, usd=usd) if usd is not None else None,
        duration_s=duration_s, lost=lost,
    )  # fmt: skip


def test_the_first_call_is_the_step_as_it_is_written():
    call = conversation().next_call()

    assert (call.prompt, call.resume, call.attempt, call.limits) == ("do it", None, 2, 0)
    assert (call.timeout_s, call.idle_timeout_s, call.grace_s) == (100.0, 10.0, 7.0)


@rule("6.7 runs: taken up")
def test_after_a_limit_the_conversation_goes_on_where_there_is_one():
    talk = conversation()
    first = talk.next_call()
    talk.answered = True
    talk.ended(first, result("limit", usd=0.5))

    call = talk.next_call()
    assert (call.prompt, call.resume, call.resumed_usd, call.limits) == (AFTER_LIMIT, "s-1", 0.5, 1)
    talk.ended(call, result("limit", usd=0.25))
    assert talk.next_call().resumed_usd == 0.75
    assert talk.usage.usd == 0.75


@pytest.mark.parametrize(("provider", "answered"), [(Unable(), True), (Able(), False)])
def test_where_there_is_none_the_step_begins_again_from_the_files_as_they_stand(provider, answered):
    talk = conversation(provider)
    first = talk.next_call()
    talk.answered = answered
    talk.ended(first, result("limit"))

    call = talk.next_call()
    assert (call.prompt, call.resume, call.limits) == ("do it", None, 1)
    assert call.session_id != first.session_id


@rule("6.7 runs: not counted")
def test_a_limit_gives_the_whole_time_back_a_persons_words_do_not():
    talk = conversation()
    talk.ended(talk.next_call(), result("cancelled", duration_s=30))
    assert talk.next_call().timeout_s == 70
    talk.ended(talk.next_call(), result("limit", duration_s=60))
    assert talk.next_call().timeout_s == 100


def test_a_conversation_that_is_gone_is_begun_again_with_all_that_was_to_be_said():
    talk = conversation()
    first = talk.next_call()
    talk.answered = True
    assert talk.tell("be quick") is None
    talk.ended(first, result("cancelled"))
    second = talk.next_call()
    assert (second.prompt, second.resume) == ("be quick", "s-1")
    gone = result("agent", lost=True)
    talk.ended(second, gone)

    assert talk.goes_on(gone)
    third = talk.next_call()
    assert (third.prompt, third.resume) == ("do it\n\nbe quick", None)


@rule("cli 8.7 tell")
def test_a_persons_words_end_the_call_gently_and_are_the_next_thing_said():
    talk, heard = conversation(), []
    call = talk.next_call()
    talk.answered = True
    call.stop.listen(heard.append)

    assert talk.tell("leave the tests alone") is None
    assert heard == [0.0]
    ended = result("cancelled")
    talk.ended(call, ended)
    assert talk.goes_on(ended)
    assert talk.next_call().prompt == "leave the tests alone"
    assert not talk.goes_on(result())


def test_words_that_come_just_behind_the_end_are_said_all_the_same():
    talk = conversation()
    call = talk.next_call()
    talk.answered = True
    talk.tell("one")
    talk.tell("two")
    talk.ended(call, result())

    assert talk.goes_on(result())
    assert (talk.next_call().prompt, talk.next_call().resume) == ("one\n\ntwo", "s-1")


def test_a_timeout_ends_the_step_whatever_was_to_be_said():
    talk = conversation()
    talk.next_call()
    talk.tell("one")

    assert not talk.goes_on(result("timeout"))


def test_words_for_a_step_that_waits_are_said_when_it_goes_on():
    talk = conversation(Unable())
    assert talk.tell("mind the gap") is None

    assert talk.next_call().prompt == "do it\n\nmind the gap"


@rule("cli 8.7 tell impossible")
def test_what_is_in_the_way_is_said():
    talks, unable = Conversations(), conversation(Unable())

    assert talks.tell("a", "x") == ("'a' cannot be told anything: no agent is at work on it",)
    with talks.opened("a", unable):
        unable.next_call()
        assert talks.tell("a", "x") == (
            "'a' cannot be told anything: the provider 'unable' cannot go on with a conversation",
        )
        assert talks.tell("a", " \n") == ("there is nothing to tell 'a'",)
        assert not unable.told
    assert talks.tell("a", "x")[0].endswith("no agent is at work on it")


def test_every_agent_at_work_on_an_item_hears_it():
    talks, one, two = Conversations(), conversation(), conversation()
    with talks.opened("a", one), talks.opened("a", two), talks.opened(None, conversation()):
        assert talks.tell("a", "x") == ()
    assert (one.told, two.told) == (["x"], ["x"])


def test_what_was_denied_is_not_forgotten():
    talk = conversation()
    first = talk.next_call()
    talk.answered = True
    talk.denied.append("Bash")
    talk.ended(first, result("limit"))

    second = talk.next_call()
    assert (second.resume, second.denied) == ("s-1", ("Bash",))
    talk.ended(second, result("agent", lost=True))
    assert talk.next_call().denied == (), "what begins anew asks for everything again"
