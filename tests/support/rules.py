"""Ties tests to the rules of the workflow language: `tests/rules/*.yml` says them, a mark names those of a test."""

import pytest


def rule(*ids: str) -> pytest.MarkDecorator:
    """Marks a test, or one case of it, as showing these rules.

    The ids are literal texts: the table of coverage is made by reading the source.
    """
    return pytest.mark.rule(*ids)
