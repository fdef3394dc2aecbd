"""The weather of a provider as a value: who may start, what a limit changes, how the number at once is found out."""

import json
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.engine.decisions.limits import (
    FIRST_WAIT_S,
    FORGET_S,
    JITTER,
    LONGEST_ANNOUNCED_S,
    LONGEST_WAIT_S,
    PROBE_S,
    Hold,
    Pass,
    Weather,
    admit,
    answered,
    backoff_s,
    ended,
    limited,
    settled,
    without,
)
from tests.support.rules import rule

NOW = 1_800_000_000.0


def started(weather: Weather, count: int, who: str = "a", now: float = NOW) -> tuple[Weather, list[Pass]]:
    """So many executions at work."""
    passes = []
    for _ in range(count):
        weather, leave = admit(weather, who, now)
        assert isinstance(leave, Pass), leave
        passes.append(leave)
    return weather, passes


def refused(weather: Weather, leave: Pass, *, now: float = NOW, who: str = "a", announced_s: float | None = None):
    weather, news = limited(weather, who, leave, now, announced_s=announced_s, jitter=0.5)
    return ended(weather, who, leave), news


def held(weather: Weather, who: str = "a", now: float = NOW) -> Hold:
    _, found = admit(weather, who, now)
    assert isinstance(found, Hold)
    return found


def recovered(weather: Weather, who: str = "a") -> Weather:
    """After the limit has ended and the probe was answered."""
    until = weather.until
    weather, [probe] = started(weather, 1, who, until)
    assert probe.is_probe
    return ended(answered(weather, who, probe), who, probe)


def test_without_a_limit_everybody_starts():
    weather, passes = started(Weather(), 500)

    assert weather.at_work == 500
    assert not any(leave.is_probe for leave in passes)


@rule("6.7 runs: announced")
def test_nobody_starts_before_the_announced_end_whoever_asks():
    weather, [leave] = started(Weather(), 1)
    weather, _ = refused(weather, leave, announced_s=3600)

    assert held(weather, "a", NOW + 3599.9) == Hold("quota", NOW + 3600)
    assert held(weather, "b", NOW) == Hold("quota", NOW + 3600)


@rule("6.7 runs: probe")
def test_one_probe_goes_first_and_on_its_answer_the_rest():
    weather, passes = started(Weather(), 4)
    weather, _ = refused(weather, passes[0], announced_s=60)
    after = NOW + 60

    weather, [probe] = started(weather, 1, "b", after)
    assert probe.is_probe
    assert held(weather, "a", after) == Hold("quota")
    weather = answered(weather, "b", probe)

    assert weather.until is None


def test_a_probe_that_ends_without_a_word_makes_room_for_the_next():
    weather, [leave] = started(Weather(), 1)
    weather, _ = refused(weather, leave, announced_s=60)
    weather, [probe] = started(weather, 1, "a", NOW + 60)
    weather = ended(weather, "a", probe)

    weather, [second] = started(weather, 1, "b", NOW + 60)
    assert second.is_probe


def test_a_probe_of_a_dead_or_suspended_process_keeps_nobody_up():
    weather, [leave] = started(Weather(), 1)
    weather, _ = refused(weather, leave, announced_s=60)
    weather, _ = started(weather, 1, "dead", NOW + 60)

    assert held(weather, "a", NOW + 60 + PROBE_S - 1) == Hold("quota")
    assert isinstance(admit(weather, "a", NOW + 60 + PROBE_S)[1], Pass)
    freed = without(weather, {"dead"})
    assert freed.at_work == 0
    assert isinstance(admit(freed, "a", NOW + 60)[1], Pass)


@rule("6.7 runs: back-off")
def test_unannounced_waits_double_up_to_their_cap_with_jitter():
    assert [backoff_s(n, 0.5) for n in range(8)] == [30, 60, 120, 240, 480, 900, 900, 900]
    assert (backoff_s(0, 0.0), backoff_s(10_000, 0.0)) == (FIRST_WAIT_S * (1 - JITTER), LONGEST_WAIT_S * (1 - JITTER))


@given(waits=st.integers(0, 10**6), jitter=st.floats(0, 1, exclude_max=True))
def test_a_wait_is_within_its_jitter_and_its_cap(waits, jitter):
    base = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(waits, 20))

    assert base * (1 - JITTER) <= backoff_s(waits, jitter) <= min(LONGEST_WAIT_S, base * (1 + JITTER) + 1e-9)


def test_waits_grow_limit_after_limit_and_begin_anew_after_an_answer():
    weather, [leave] = started(Weather(), 1)
    now, waits = NOW, []
    for _ in range(4):
        weather, _ = refused(weather, leave, now=now)
        waits.append(weather.until - now)
        now = weather.until
        weather, [leave] = started(weather, 1, "a", now)
    assert waits == [30, 60, 120, 240]

    weather = ended(answered(weather, "a", leave), "a", leave)
    weather, [leave] = started(weather, 1, "a", now)
    weather, _ = refused(weather, leave, now=now)
    assert weather.until - now == 30


def test_an_end_in_the_past_is_no_announcement():
    weather, [leave] = started(Weather(), 1)

    assert refused(weather, leave, announced_s=0.0)[0].until == NOW + 30
    assert refused(weather, leave, announced_s=-5.0)[0].until == NOW + 30
    assert refused(weather, leave, announced_s=0.01)[0].until == NOW + 1


@rule("6.7 runs: adaptive")
def test_a_limit_halves_a_full_window_of_answers_gives_one_more():
    weather, passes = started(Weather(), 20)
    weather, _ = refused(weather, passes[0])
    assert (weather.threshold, weather.window) == (10, 10)
    for leave in passes[1:]:
        weather = ended(weather, "a", leave)

    weather = recovered(weather)
    windows = [weather.window]
    for _ in range(10 + 11 + 12):
        weather, [leave] = started(weather, 1)
        weather = ended(answered(weather, "a", leave), "a", leave)
        windows.append(weather.window)

    # One more with every answer until half of what was too much, then one more after every full window.
    assert windows[:9] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert [windows.index(size) for size in (11, 12)] == [8 + 10, 8 + 10 + 11]


def test_after_the_probe_those_still_at_work_count():
    weather, passes = started(Weather(), 8)
    weather, _ = refused(weather, passes[0], announced_s=5)
    weather = recovered(weather)

    assert weather.at_work == 7
    assert held(weather).by == "turn"
    for leave in passes[1:5]:
        weather = ended(weather, "a", leave)
    assert isinstance(admit(weather, "a", NOW)[1], Pass)


def test_a_burst_is_one_limit():
    weather, passes = started(Weather(), 16)
    weather, first = refused(weather, passes[0])
    until = weather.until
    for leave in passes[1:]:
        weather, news = refused(weather, leave)
        assert not news

    assert first
    assert (weather.round, weather.waits, weather.threshold, weather.until) == (1, 1, 8, until)


def test_a_burst_still_announces_its_latest_end():
    weather, passes = started(Weather(), 2)
    weather, _ = refused(weather, passes[0], announced_s=60)
    weather, _ = refused(weather, passes[1], announced_s=600)

    assert weather.until == NOW + 600


def test_an_answer_from_before_the_limit_proves_nothing():
    weather, passes = started(Weather(), 2)
    weather, _ = refused(weather, passes[0], announced_s=60)

    assert answered(weather, "a", passes[1]).until == NOW + 60


def test_a_probe_that_is_limited_says_nothing_about_the_number_at_once():
    weather, passes = started(Weather(), 16)
    for leave in passes:
        weather, _ = refused(weather, leave, announced_s=10)
    weather, [probe] = started(weather, 1, "a", NOW + 10)
    weather, news = refused(weather, probe, now=NOW + 10, announced_s=10)

    assert news
    assert weather.threshold == 8


def test_what_was_learnt_is_forgotten_after_an_hour_of_fine_weather():
    weather, [leave] = started(Weather(), 1)
    weather = recovered(refused(weather, leave, announced_s=10)[0])

    assert settled(weather, NOW + FORGET_S - 1).window is not None
    assert settled(weather, NOW + FORGET_S).window is None


def test_a_limit_that_ended_long_ago_with_nobody_asking_is_over():
    weather, [leave] = started(Weather(), 1)
    weather, _ = refused(weather, leave, announced_s=10)

    late = NOW + 10 + FORGET_S
    assert started(weather, 1, "a", late - 1)[1][0].is_probe
    weather, passes = started(weather, 50, "a", late)
    assert not any(leave.is_probe for leave in passes)


@given(st.floats(-(10**9), 10**9))
def test_however_the_clock_is_set_nobody_waits_longer_than_was_announced(jump):
    weather, [leave] = started(Weather(), 1)
    weather, _ = refused(weather, leave, announced_s=100)
    now = NOW + jump

    weather, found = admit(weather, "a", now)

    assert isinstance(found, Pass) or found.until <= now + 100 + 1e-3


def test_a_far_end_is_believed_for_a_month_at_most():
    weather, [leave] = started(Weather(), 1)

    assert refused(weather, leave, announced_s=1e18)[0].until == NOW + LONGEST_ANNOUNCED_S


@given(
    st.builds(
        Weather,
        until=st.none() | st.floats(),
        wait_s=st.floats(),
        since=st.floats(),
        window=st.none() | st.integers(1, 5),
        probe=st.none() | st.just("z"),
        probe_since=st.floats(),
    )
)
def test_no_damage_holds_anybody_for_ever(weather):
    now = NOW
    for _ in range(10):
        weather, found = admit(weather, "a", now)
        if isinstance(found, Pass):
            return
        now = max(now + 1, found.until) if found.until is not None else now + PROBE_S
    pytest.fail("nobody starts any more")


def test_what_is_known_survives_its_file():
    weather, passes = started(Weather(), 3)
    weather, _ = refused(weather, passes[0], announced_s=60)

    assert msgspec.json.decode(msgspec.json.encode(weather), type=Weather) == weather
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps({"window": 0}).encode(), type=Weather)


@rule("6.7 runs: fan-out")
@pytest.mark.parametrize("seed", range(20))
def test_a_fan_out_into_a_provider_that_refuses_every_second_time_ends_without_a_storm(seed):
    """50 at once against a service that answers every call with 429 at even odds: nobody is lost, calls stay few."""
    chance, now = Random(seed), NOW
    weather, waiting, done, calls, bursts = Weather(), 50, 0, [], []
    working: list[Pass] = []
    while done < 50:
        while waiting:
            weather, found = admit(weather, "a", now)
            if isinstance(found, Hold):
                break
            working.append(found)
            waiting -= 1
            calls.append(now)
        bursts.append(len(working))
        if not working:
            assert found.until is not None, "nobody is at work and nobody may start"
            now = max(now, found.until)
            continue
        now += 1
        for leave in working:
            if chance.random() < 0.5:
                weather, _ = limited(weather, "a", leave, now, announced_s=None, jitter=chance.random())
                waiting += 1
            else:
                weather = answered(weather, "a", leave)
                done += 1
            weather = ended(weather, "a", leave)
        working = []

    assert bursts[0] == 50
    assert max(bursts[1:]) <= 26, "only half as many go after the first limit, and they are let in one by one"
    assert len(calls) < 50 + 25 + 2.5 * 50
    assert weather.at_work == 0
