"""What lines of a log are, and what is folded: the same however the log comes, and never output of a command."""

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_reading import Reading
from tests.tui.logs import AGENT, Lines

NEVER = lambda: False  # noqa: E731
LINE = st.sampled_from([*AGENT.splitlines(), "> pkg@1.0 build", "$ make", "plain", "retry 2 in 3 s", "limit  over"])


def read(source: Lines) -> Reading:
    reading = Reading(source)
    reading.step(NEVER)
    return reading


def seen(source: Lines, reading: Reading) -> list[str]:
    return [source.all[number] for number in reading.seen]


def test_messages_and_calls_of_an_agent_take_one_line_each():
    source = Lines(*AGENT.splitlines())

    assert seen(source, read(source)) == [
        "> Rotate the tokens.",
        "agent a-model, session 12-34",
        "mind  look at the store",
        "tool  Read src/tokens.py",
        "said  The store goes",
        "tool  Bash pytest",
        "used  10 tokens in, 3 out, $0.01",
        "$ pytest -q",
        "said  what a test says is no agent's word",
        "FAILED tests/test_tokens.py::test_rotation",
        "1 failed",
        "fail  exit code 1",
    ]


def test_output_that_looks_like_a_prompt_is_not_folded():
    source = Lines("$ npm run build", "> pkg@1.0 build", "> tsc", "", "error TS1005", "$ ls")

    assert len(read(source).seen) == 6


def test_a_call_that_failed_says_so_on_its_line():
    source = Lines(*AGENT.splitlines())
    picture = LogPicture(source)
    picture.step(NEVER)
    call = source.all.index("tool  Bash pytest")

    assert picture.reading is not None
    assert picture.reading.has_failed(call)
    assert not picture.reading.has_failed(source.all.index("tool  Read src/tokens.py"))
    assert "".join(text for text, _ in picture.rows(call, 80)[0]).endswith("tool  Bash pytest ✗")


def test_a_person_unfolds_and_folds_again():
    source = Lines(*AGENT.splitlines())
    reading = read(source)
    said = source.all.index("said  The store goes")
    folded = list(reading.seen)

    assert reading.hidden_after(said) == 3
    assert reading.turn(said + 2)
    assert list(reading.seen) == sorted([*folded, said + 1, said + 2, said + 3])
    reading.turn(said)
    assert list(reading.seen) == folded
    reading.turn_all()
    assert list(reading.seen) == list(range(source.count))
    reading.turn_all()
    assert list(reading.seen) == folded


@given(st.lists(LINE, max_size=30), st.lists(st.integers(0, 30), max_size=6))
def test_a_log_reads_the_same_however_it_comes_and_is_cut(lines, cuts):
    grown = Lines()
    reading = Reading(grown)
    for cut in cuts:
        grown.all = lines[:cut]
        grown.open = lines[cut][:3] if cut < len(lines) else ""
        reading.step(NEVER)
        anew = read_of(grown)
        assert list(reading.seen) == list(anew.seen)
        assert list(reading.heads) == list(anew.heads)


def read_of(source: Lines) -> Reading:
    reading = Reading(source)
    reading.step(NEVER)
    return reading


@given(st.lists(LINE, max_size=30), st.integers(0, 29))
def test_every_line_is_seen_or_folded_behind_one_that_is(lines, turned):
    source = Lines(*lines)
    reading = read(source)
    if lines:
        reading.turn(turned % len(lines))
    shown = list(reading.seen)

    assert shown == sorted(set(shown))
    hidden = sum(reading.hidden_after(number) for number in shown)
    assert len(shown) + hidden == len(lines)
    for number in range(len(lines)):
        reading.reveal(number)
        assert number in reading.seen
