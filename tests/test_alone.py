from pathlib import Path

from tests.support.alone import have_alone


def test_a_folder_in_which_tests_are_at_work_is_not_given_to_others(tmp_path: Path) -> None:
    first = have_alone(str(tmp_path / "x"))

    assert first is not None
    assert have_alone(str(tmp_path / "x")) is None
    first.close()
    again = have_alone(str(tmp_path / "x"))
    assert again is not None
    again.close()
