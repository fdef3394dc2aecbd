"""What models cost."""

from prodigy_tui.agents.prices import AS_OF, SHIPPED, SOURCES, Price, Prices, Tokens

MILLION = 1_000_000


def test_a_shipped_price_counts_every_token_once():
    tokens = Tokens.of_total(4 * MILLION, cached=MILLION, written=MILLION, output=MILLION)

    assert Prices().usd("claude-sonnet-4-5", tokens) == 2 * 3 + 0.3 + 3.75 + 15


def test_without_a_price_for_cached_input_it_costs_as_any():
    assert Prices({"m": Price(input=2, output=4)}).usd("m", Tokens(cached=MILLION, written=MILLION)) == 4


def test_own_prices_go_first():
    own = Prices({"gpt-5": Price(input=0, output=0)})

    assert own.usd("gpt-5", Tokens(fresh=MILLION)) == 0.0


def test_a_model_is_known_by_its_longer_names():
    prices = Prices()

    for name in ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "x/y/claude-sonnet-4-5@20250929"):
        assert prices.find(name) is SHIPPED["claude-sonnet-4-5"]
    assert prices.find("gpt-5-2025-08-07") is SHIPPED["gpt-5"]


def test_a_name_that_begins_alike_is_another_model():
    prices = Prices()

    assert prices.find("gpt-5.9") is None
    assert prices.find("claude-sonnet-4-5-turbo") is None
    assert prices.find("") is None
    assert prices.find(None) is None


def test_unknown_is_not_nothing():
    used = Prices().used("nobody-knows-it", Tokens(fresh=7, output=1))

    assert (used.input_tokens, used.output_tokens, used.usd) == (7, 1, None)


def test_what_the_program_tells_wins():
    assert Prices().used("gpt-5", Tokens(fresh=MILLION), told=0.25).usd == 0.25


def test_shipped_prices_say_whence_and_when():
    assert AS_OF.year >= 2026
    assert all(source.startswith("https://") for source in SOURCES)
    assert all(price.output >= price.input for price in SHIPPED.values())
