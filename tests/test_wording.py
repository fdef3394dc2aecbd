import pytest

from prodigy_tui.wording import amount_of, bytes_of, first_of, merge_conflict, plural, span


def test_nouns_of_one_and_of_many() -> None:
    said = (plural(1, "file"), plural(0, "file"), plural(1200, "file"), plural(2, "retry", "retries"))

    assert said == ("1 file", "0 files", "1,200 files", "2 retries")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0s"), (9.94, "9.9s"), (12.4, "12s"), (185, "3m05s"), (7620, "2h07m")]
)
def test_lengths_of_time(seconds: float, said: str) -> None:
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (256 * 1024, "256 KiB"), (3 << 40, "3.0 TiB")]
)
def test_sizes(count: int, said: str) -> None:
    assert bytes_of(count) == said


def test_money_and_tokens_without_what_there_is_none_of() -> None:
    assert [amount_of(1.5, 2000), amount_of(None, 7), amount_of(0.0, 0)] == [
        "1.50 USD, 2000 tokens",
        "7 tokens",
        "0.00 USD",
    ]


def test_of_many_names_the_first_and_how_many_more_there_are() -> None:
    said = [first_of([]), first_of(["a"]), first_of(["a", "b", "c"]), first_of(list("abcde")), first_of(["a", "b"], 1)]

    assert said == ["", "a", "a, b, c", "a, b, c and 2 more", "a and 1 more"]


def test_a_conflict_names_its_files_or_what_else_is_known_of_it() -> None:
    said = [merge_conflict(("a", "b"), "x"), merge_conflict((), "nothing in common\nmore"), merge_conflict((), "")]

    assert said == ["merge conflict in a, b", "merge conflict: nothing in common", "merge conflict"]
