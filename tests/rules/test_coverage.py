"""Every rule of the language is shown by a test, and every mark names a rule."""

from tests.rules.coverage import marks, sections


def test_every_rule_is_written_once() -> None:
    ids = [id_ for section in sections() for id_ in section.rules]
    assert len(ids) == len(set(ids)), sorted(id_ for id_ in set(ids) if ids.count(id_) > 1)


def test_every_rule_has_a_test() -> None:
    shown = marks()
    missing = [id_ for section in sections() for id_ in section.rules if id_ not in shown]
    assert not missing, "\n".join(missing)


def test_every_mark_names_a_rule() -> None:
    known = {id_ for section in sections() for id_ in section.rules}
    assert not (unknown := sorted(set(marks()) - known)), unknown
