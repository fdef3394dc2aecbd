"""What is found in a log, however it grows and is cut: the same as looking at every line anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.tui.model.log_plain import plain_lines
from prodigy_tui.tui.model.log_query import Query, QueryWrong, parse_query
from prodigy_tui.tui.model.log_search import Search
from prodigy_tui.tui.model.log_sweep import FOLDS, Sweep
from prodigy_tui.tui.model.text import safe
from tests.tui.logs import Lines

NEVER = lambda: False  # noqa: E731
AT_ONCE = lambda: True  # noqa: E731
TEXT = st.text(alphabet="abB \t\x1b[m0é漢", max_size=6)
QUERIES = st.sampled_from(["a", "b", "B", "!a", "~a+b~", "!~^b~", "é", "[m", "ab"])


def naive(source: Lines, query: Query, context: int, *, errors: bool = False) -> tuple[list[int], list[int]]:
    """Looks at every line."""
    lines = [safe(text) for text in source.texts(0, source.count)]
    hits = []
    for number, line in enumerate(lines):
        if query.pattern is not None:
            there = query.pattern.search(line) is not None
        elif query.minds_case:
            there = query.word in line
        else:
            there = query.word.casefold() in line.casefold()
        if there != query.inverted and (not errors or number in source.errors(number, number + 1)):
            hits.append(number)
    around = {near for hit in hits for near in range(hit - context, hit + context + 1) if 0 <= near < source.count}
    return hits, sorted(around)


def query_of(text: str) -> Query:
    query = parse_query(text)
    assert query is not None
    return query


def run(search: Search, *, slowly: bool = False) -> None:
    for _ in range(10_000):
        if not search.step(AT_ONCE if slowly else NEVER):
            return
    raise AssertionError("never done")


CHANGES = st.one_of(
    st.tuples(st.just("append"), st.lists(TEXT, max_size=5)),
    st.tuples(st.just("open"), TEXT),
    st.tuples(st.just("cut"), st.integers(0, 12)),
    st.tuples(st.just("context"), st.sampled_from([0, 1, 3])),
)


@given(QUERIES, st.sampled_from([0, 1, 3]), st.lists(CHANGES, max_size=8), st.booleans(), st.booleans())
def test_a_search_finds_what_looking_at_every_line_finds(text, context, changes, slowly, errors):
    source, query = Lines(), query_of(text)
    search = Search(source, query, context=context, errors=errors)
    for what, value in changes:
        if what == "append":
            source.all += [source.open + value[0], *value[1:]] if source.open and value else value
            source.open = "" if value else source.open
        elif what == "open":
            source.open = value
        elif what == "cut":
            del source.all[value:]
            source.open = ""
        else:
            context = value
            search.show_around(value)
        run(search, slowly=slowly)

        hits, around = naive(source, query, context, errors=errors)
        assert list(search.hits) == hits
        assert list(search.shown or ()) == around


@given(st.lists(TEXT, min_size=1, max_size=20), st.integers(0, 20))
def test_lines_that_go_at_the_start_go_from_what_was_found(texts, gone):
    source, query = Lines(*texts), query_of("a")
    search = Search(source, query)
    run(search)
    source.first = min(gone, len(texts))
    run(search)

    assert list(search.hits) == [hit for hit in naive(source, query, 0)[0] if hit >= source.first]


@given(
    st.lists(
        st.text(alphabet="ab \x1b[]m;\t\r\x07\\\x9b\u200b\u202eé漢\x00\x7f\u2028P(/\ufe0f\ud801", max_size=12),
        max_size=5,
    )
)
def test_lines_made_harmless_together_are_those_made_harmless_one_by_one(texts):
    assert plain_lines(texts).decode() == "\n".join(map(safe, texts))


COLOURED = st.sampled_from(
    ["\x1b[0m", "\x1b[32m", "\x1b[1;31m", "\x1b[m", "\x1b[3", "2m", "0m", "a", "\x1b", "\x1b]0;", *"\x07\x00\t\ré"]
)


@given(st.lists(st.lists(COLOURED, max_size=8).map("".join), max_size=5))
def test_colours_are_taken_out_together_as_they_are_one_by_one(texts):
    assert plain_lines(texts).decode() == "\n".join(map(safe, texts))


SIGNS = "a b . ^ $ | ( ) * + ? (?:a (?=b) (?!b) (?<!a) (?>a*) {1,2} *+"
SETS = r"\s \S \w \W \D \b \. \A \Z \n [ab] [^a] [^\s] [\sb] [\W]"
PIECES = st.sampled_from(f"{SIGNS} {SETS}".split())


@given(
    st.lists(PIECES, min_size=1, max_size=6), st.lists(st.text(alphabet="aAb .é", max_size=5), min_size=1, max_size=6)
)
def test_a_pattern_finds_in_a_page_what_it_finds_line_by_line(pieces, texts):
    try:
        query = parse_query(f"~{''.join(pieces)}~")
    except QueryWrong:
        return
    if query is None:
        return
    sweep = Sweep(query, 0, len(texts), plain_lines(texts))
    while sweep.step(AT_ONCE):
        pass

    assert sweep.found == [number for number, text in enumerate(texts) if query.pattern.search(text)]


@pytest.mark.parametrize("text", ["~rot.*on~", r"~^\d+\s[^x]+$~", r"~(?P<a>x|y)(?!z)~", "~[^-]{2,}a*+~"])
def test_usual_patterns_are_looked_for_in_whole_pages(text: str):
    assert query_of(text).in_pages is not None


def test_letters_that_are_ascii_without_case_are_known():
    for letter in map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x1F000))):
        if any(part.isascii() for part in letter.casefold()):
            assert letter.encode().startswith(FOLDS)


def test_each_line_is_looked_at_once_while_a_log_grows():
    source = Lines(*["a"] * 50)
    search = Search(source, query_of("a"))
    run(search)
    looked: list[int] = []
    texts = source.texts
    source.texts = lambda first, last: looked.extend(range(first, last)) or texts(first, last)
    source.all += ["b", "a"]
    run(search)

    assert looked == [50, 51]
    assert len(search.hits) == 51


def test_a_slice_ends_when_its_time_is_over():
    source = Lines(*["a"] * 30, block=10)
    search = Search(source, query_of("a"))

    assert search.step(AT_ONCE)
    assert len(search.hits) == 10


def test_matches_go_round():
    search = Search(Lines("a", "-", "a", "-"), query_of("a"))
    run(search)

    assert [search.next_hit(number, 1) for number in (0, 2)] == [2, 0]
    assert [search.next_hit(number, -1) for number in (2, 0)] == [0, 2]


@pytest.mark.parametrize("text", ["", "   ", "!", "~", "~~", "!~~"])
def test_nothing_typed_looks_for_nothing(text: str):
    assert parse_query(text) is None


@pytest.mark.parametrize("text", ["~(~", "~[~", "~a{2,1}~", "~" + "(" * 150, "a" * 5000])
def test_what_is_no_pattern_is_refused_in_words(text: str):
    with pytest.raises(QueryWrong):
        parse_query(text)


def test_a_pattern_that_takes_too_long_ends_the_search_and_says_so():
    source = Lines("a" * 60 + "b", "other")
    search = Search(source, query_of("~^(a|aa)+$~"))
    run(search)

    assert "takes too long" in search.problem or list(search.hits) == []


@pytest.mark.parametrize(
    ("text", "line", "places"),
    [
        ("fail", "it Failed, fail", [(3, 7), (11, 15)]),
        ("Fail", "it fails", []),
        ("~f.i~", "fai foi", [(0, 3), (4, 7)]),
        ("!x", "x", []),
    ],
)
def test_what_was_found_is_marked(text: str, line: str, places: list[tuple[int, int]]):
    assert query_of(text).places(line) == places
