"""What is said outright about people is what git itself makes of it."""

import pytest

from prodigy_tui.git.identity import ROLES, said_outright, settings_about_people
from prodigy_tui.git.run import run_git
from tests.support.gitrepo import GitRepo


@pytest.mark.parametrize("name", ["Jane Doe", "J", "Zoë  Ångström", "Jane Q.", "<x>", " pad ", "", "a<b"])
def test_a_name_is_taken_as_git_takes_it_or_left_to_git(user: GitRepo, monkeypatch: pytest.MonkeyPatch, name: str):
    for role in ROLES:
        monkeypatch.delenv(f"GIT_{role.upper()}_NAME")
    user.git("config", "user.name", name)
    user.git("config", "committer.name", "Committer")

    settings = settings_about_people(user.path)

    for role in ROLES:
        known = said_outright(role, settings)
        answer = run_git("var", f"GIT_{role.upper()}_IDENT", cwd=user.path, ok=None)
        assert known is None or answer.text.rsplit(" ", 2)[0] == f"{known[0]} <{known[1]}>"
    assert said_outright("committer", settings) is not None
    assert (said_outright("author", settings) is not None) == (name in ("Jane Doe", "J", "Zoë  Ångström"))
