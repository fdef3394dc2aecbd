import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.events.fingerprint import fingerprint, normalised
from prodigy_tui.events.values import Failure
from tests.support.rules import rule


@rule("cli 8.1 fingerprint")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cannot open /srv/a/b.txt", "cannot open ../c.txt"),
        ("error in src/app.py:12:3: bad name", "error in lib/x.py:7:40: bad name"),
        ("main.rs does not compile.", "other.rs does not compile."),
        ("unknown name 'left'", "unknown name 'right side'"),
        ('cannot find "a b"', "cannot find “c”"),
        ("gave up after 30.5 s", "gave up after 1 s"),
        ("attempt3 of 5 failed", "attempt12 of 40 failed"),
        ("commit 9f86d08 has vanished", "commit e3b0c44298fc1c149afbf4c8996fb92427ae41e4 has vanished"),
        ("job 0b1f6f2e-8b7a-4a36-9a51-3f0f51b8c111: no", "job 7c9e6679-7425-40de-944b-e07fc1f90ae7: no"),
        ("refused (request req_011CSHoEeqs5C35K2UUqR7Fy)", "refused (request req_02A9xY7kLmN3pQ8rStUvWx)"),
        ("at 0x7f3a: crashed", "at 0xdeadbeef: crashed"),
        ("two   words", "two words"),
    ],
)
def test_messages_that_differ_in_what_changes_are_of_one_cause(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@rule("cli 8.1 fingerprint")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("permission denied", "no such file"),
        ("json.decoder.JSONDecodeError", "requests.exceptions.ConnectionError"),
        ("can't reach it, won't try", "can't read it, won't try"),
        ("timed out after 30 s", "timed out after 30 m"),
        ("", "x"),
    ],
)
def test_messages_that_say_something_else_are_of_two(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@rule("cli 8.1 fingerprint")
def test_step_kind_and_exit_code_count_and_the_id_is_stable() -> None:
    failure = Failure(kind="exit", message="pytest -q failed with exit code 1", step="tests", exit_code=1)

    found = fingerprint(failure)

    assert found.id == "035ec167"
    assert found.message == "pytest -q failed with exit code <n>"
    others = [
        Failure(kind="timeout", message=failure.message, step="tests", exit_code=1),
        Failure(kind="exit", message=failure.message, step="lint", exit_code=1),
        Failure(kind="exit", message=failure.message, step="tests", exit_code=2),
        None,
    ]
    assert len({found.id, *(fingerprint(one).id for one in others)}) == 5


@given(st.text(max_size=200), st.sampled_from(["'", '"', "a/", "1.", "f0", "«", " ' ", "0x", "-"]))
def test_any_text_has_a_normal_form_of_one_line(text: str, more: str) -> None:
    once = normalised(text + more * 20)

    assert "\n" not in once
    assert once == once.strip()


@pytest.mark.parametrize("piece", ["'", "\"'`", "a/", "1.", "f", "0x", "(", "a'", "ab-", "‘“«", "a.b"])
def test_a_hostile_message_costs_no_more_than_its_length(piece: str) -> None:
    began = time.process_time()

    fingerprint(Failure(kind="exit", message=piece * 1_000_000))

    assert time.process_time() - began < 0.5
