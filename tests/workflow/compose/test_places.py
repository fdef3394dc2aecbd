"""Where files may lie and where names are looked for."""

from pathlib import Path

import pytest

from prodigy_tui.workflow.compose.places import Places, base_places, file_places, is_path, is_url, library_places
from tests.support.rules import rule


@pytest.mark.parametrize(
    ("text", "expected"), [("https://x/y", True), ("git+ssh://x", True), ("a.yml", False), ("./a://b", False)]
)
@rule("15.1 urls")
def test_what_an_address_on_a_network_looks_like(text, expected):
    assert is_url(text) is expected


@pytest.mark.parametrize(("text", "expected"), [("a", False), ("a.b", False), ("a.yml", True), ("x/a", True)])
@rule("15.4 lookup")
def test_what_a_path_looks_like(text, expected):
    assert is_path(text) is expected


@rule("15.1 relative")
def test_dots_are_taken_by_their_text():
    assert file_places(Path("x/y"), "../z/./a.yml") == (Path("x/z/a.yml"),)


@rule("15.3 forms")
def test_an_import_may_leave_its_extension_out():
    assert [str(path) for path in file_places(Path("x"), "a")] == ["x/a", "x/a.yml", "x/a.yaml", "x/a.json"]


@rule("15.2 names")
def test_an_absolute_base_has_one_place_for_each_extension():
    found = [str(path) for path in base_places(Path("x"), "/b")]

    assert found == ["/b.yml", "/b.yaml", "/b.json", "/b"]


@rule("15.4 lookup")
def test_without_libraries_there_is_nowhere_to_look():
    assert library_places(Places(), "t") == ()


@rule("15.1 places")
def test_links_that_lead_nowhere_are_left_to_the_reader():
    from tests.workflow.compose.loading import load

    def resolve(path):
        if path.name == "loop.yml":
            raise RuntimeError("Symlink loop")
        return path

    places = Places(roots=(Path("/repo"),), resolve=resolve)
    (problem,) = load({"/repo/a.yml": "extends: loop.yml"}, places=places).problems
    assert problem.code == "PT705"
