"""What is hidden in output, and what is not."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.process import Masker

TOKENS = {
    "github classic": "ghp_" + "a1B2" * 9,
    "github app": "gho_" + "a1B2" * 9,
    "github fine": "github_pat_11ABCDEFG0_" + "x1" * 20,
    "gitlab": "glpat-" + "abcDEF123_-" * 2,
    "aws": "AKIA" + "ABCDEFGH12345678",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r",
    "anthropic": "sk-ant-api03-" + "Zz9_-" * 6,
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_known_token_shapes_are_hidden_everywhere(token):
    assert Masker().text(f"before {token} after") == "before *** after"
    assert json.loads(Masker().text(json.dumps({"out": f"line\n{token}\n"}))) == {"out": "line\n***\n"}


def test_bearer_keeps_its_word_and_loses_its_token():
    assert Masker().text("Authorization: Bearer abcdefghijklmnop.qrs") == "Authorization: Bearer ***"


@pytest.mark.parametrize("text", ["a bearer of news", "ghost ghp_ short", "eyJust.a.word", "AKIAshort", "sk-ant-"])
def test_ordinary_words_stay(text):
    assert Masker().text(text) == text


def test_a_secret_is_hidden_in_all_its_spellings():
    secret = 'p"ss wörd/1'
    masker = Masker([secret])

    assert masker.text(secret) == "***"
    assert masker.text(json.dumps(secret)) == '"***"'
    assert masker.text(quote(secret, safe="")) == "***"
    assert base64.b64encode(secret.encode()).decode()[:10] not in masker.text(
        base64.b64encode(secret.encode()).decode()
    )


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
