"""What is hidden in output, and what is not."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.process import Masker, is_private_name
from prodigy_tui.process.chunks import TextChunks
from tests.support.pieces import fed, told
from tests.support.rules import rule

TOKENS = {
    "github classic": "ghp_" + "a1B2" * 9,
    "github app": "gho_" + "a1B2" * 9,
    "github fine": "github_pat_11ABCDEFG0_" + "x1" * 20,
    "gitlab": "glpat-" + "abcDEF123_-" * 2,
    "aws": "AKIA" + "ABCDEFGH12345678",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r",
    "anthropic": "sk-ant-api03-" + "Zz9_-" * 6,
}


@rule("12.3 shapes")
@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_known_token_shapes_are_hidden_everywhere(token):
    assert Masker().text(f"before {token} after") == "before *** after"
    assert json.loads(Masker().text(json.dumps({"out": f"line\n{token}\n"}))) == {"out": "line\n***\n"}


def test_bearer_keeps_its_word_and_loses_its_token():
    assert Masker().text("Authorization: Bearer abcdefghijklmnop.qrs") == "Authorization: Bearer ***"


@pytest.mark.parametrize("text", ["a bearer of news", "ghost ghp_ short", "eyJust.a.word", "AKIAshort", "sk-ant-"])
def test_ordinary_words_stay(text):
    assert Masker().text(text) == text


@rule("12.3 value", "12.3 url", "12.3 base64")
def test_a_secret_is_hidden_in_all_its_spellings():
    secret = 'p"ss wörd/1'
    masker = Masker([secret])

    assert masker.text(secret) == "***"
    assert masker.text(json.dumps(secret)) == '"***"'
    assert masker.text(quote(secret, safe="")) == "***"
    assert base64.b64encode(secret.encode()).decode()[:10] not in masker.text(
        base64.b64encode(secret.encode()).decode()
    )


@rule("12.3 lines")
def test_lines_of_a_secret_are_hidden_one_by_one():
    masker = Masker(["-----BEGIN KEY-----\nabcdefgh12345678\nxyz\n-----END KEY-----\n"])

    assert masker.text("abcdefgh12345678\nxyz\n") == "***\nxyz\n"


def test_longer_secrets_go_first_and_very_short_ones_are_left():
    masker = Masker(["hunter2", "hunter2-and-more", "abc"])

    assert masker.text("hunter2-and-more abc hunter2") == "*** abc ***"


def test_a_secret_that_is_not_utf8_does_no_harm():
    assert Masker(["caf\udce9-secret"]).text("x caf\udce9-secret") == "x ***"


@given(st.text(), st.text(min_size=4), st.text())
def test_no_secret_survives(before, secret, after):
    stripped = secret.strip()
    masked = Masker([secret]).text(before + secret + after)

    assert len(stripped) < 4 or stripped in "***" or stripped not in masked.replace("***", "\0")


@rule("12.3 base64")
@pytest.mark.parametrize("length", range(4, 140))
def test_every_base64_form_is_hidden(length):
    secret = ("aB3?>~" * 30)[:length]
    masker = Masker([secret])
    data = secret.encode()

    for form in (base64.b64encode(data), base64.urlsafe_b64encode(data), base64.b64encode(data + b"\n")):
        assert form.decode()[: length * 8 // 6] not in masker.text(f"x {form.decode()} y")
    for wrapped in (base64.encodebytes(data).decode(), base64.encodebytes(data + b"\n").decode()):
        left = masker.text(wrapped).replace("***", "").replace("\n", "")
        assert len(left) < 12


@rule("12.3 url")
@pytest.mark.parametrize("form", [quote("a b/ü+&=", safe=""), quote("a b/ü+&="), quote("a b/ü+&=", safe="").lower()])
def test_every_url_form_is_hidden(form):
    assert Masker(["a b/ü+&="]).text(f"?q={form}&") == "?q=***&"


KEY = "-----BEGIN KEY-----\nabcdefgh12345678\nxyz\n-----END KEY-----"


@rule("12.3 split")
@given(st.lists(st.integers(min_value=1, max_value=20)))
def test_a_secret_of_several_lines_is_hidden_however_it_is_cut(cuts):
    data = f"before\n{KEY}\nafter {KEY}.\nabc\n".encode()
    chunks, seen, position = TextChunks(Masker([KEY])), "", 0
    for cut in (*cuts, len(data)):
        seen += "".join(fed(chunks, data[position : position + cut]))
        position += cut
    seen += "".join(told(chunks.close()))

    assert seen == "before\n***\nafter ***.\nabc\n"


@rule("12.3 split")
def test_what_only_begins_like_a_secret_comes_out_when_the_output_ends():
    chunks = TextChunks(Masker([KEY]))

    assert "".join(fed(chunks, b"one\n-----BEGIN KEY-----\n")) == "one\n"
    assert "".join(told(chunks.close())) == "***\n"  # the line alone is long enough to be hidden


@given(st.lists(st.text("ab=+ /\n", min_size=4, max_size=9), min_size=1, max_size=3), st.text("ab=+ /\n", max_size=40))
def test_what_is_searched_for_first_is_in_every_text_that_holds_a_secret(secrets, text):
    masker = Masker(secrets)
    known = masker._secrets

    if known is not None and known.pattern.search(text):
        assert any(spelling in text for spelling in known.shortest)


@rule("12.3 cost")
def test_a_few_secrets_are_looked_for_without_their_pattern():
    masker = Masker(["correct-horse-battery"])
    spellings = masker._secrets.shortest

    assert len(spellings) < 4
    assert not list(masker._patterns_in("a line that has none of them\n" * 1000))
    assert all(masker.text(f"a {spelling} b") == "a *** b" for spelling in spellings)


@rule("12.3 cost")
def test_a_hundred_secrets_are_one_pattern_that_looks_once_at_each_character():
    secrets = [f"{letter}{number:04}-{'x' * 30}" for letter in "abcdefghij" for number in range(10)]
    masker = Masker(secrets)

    assert masker._secrets.pattern.pattern.count("a000") <= 6  # common beginnings stand there once for each encoding
    assert masker.text(" ".join(secrets)) == " ".join(["***"] * 100)


def test_secrets_can_be_learnt_later_and_shapes_left_alone():
    masker = Masker(shapes=False)
    assert masker.text("ghp_" + "a1B2" * 9) == "ghp_" + "a1B2" * 9
    masker.learn(["hunter2"])

    assert masker.text("hunter2") == "***"
    assert masker.holds_secret("x hunter2 y")
    assert masker.data({"hunter2": ["hunter2", 1, None]}) == {"***": ["***", 1, None]}
    assert masker.bytes(b"\xff hunter2") == b"\xff ***"


@rule("12.3 listings")
@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("DB_PASSWORD", True),
        ("GITHUB_TOKEN", True),
        ("api-key", True),
        ("X_API_KEY", True),
        ("KEYBOARD", False),
        ("SHELL", False),
    ],
)
def test_names_that_are_masked_in_listings(name, private):
    assert is_private_name(name.replace("-", "_")) is private
