"""Settings: what files and variables may say, which wins, and what a project may not decide."""

from pathlib import Path

import pytest

from prodigy_tui.cli.settings import Origin, SettingsWrong, read_settings
from prodigy_tui.errors import ExitCode

AGENT = "providers: {mine: {command: [my-agent]}}\n"


class Places:
    """The two files, and the variables."""

    def __init__(self, folder: Path) -> None:
        self.user = folder / "home" / "config.yml"
        self.project = folder / "repo" / ".prodigy" / "config.yml"
        self.environ: dict[str, str] = {}
        for file in (self.user, self.project):
            file.parent.mkdir(parents=True)

    def read(self, user="", project="", **environ):
        for file, text in ((self.user, user), (self.project, project)):
            if text:
                file.write_text(text)
        return read_settings(self.user, self.project, environ)


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


def test_without_files_everything_has_its_default(places):
    effective = places.read()

    assert (effective.settings.merge, effective.settings.max_parallel) == ("ask", None)
    assert effective.origin("merge") == Origin(kind="default")
    assert read_settings(None, None, {}).settings == effective.settings


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n", "null\n", "{}\n"])
def test_a_file_may_say_nothing(places, text):
    places.user.write_text(text)

    assert places.read().origins == {}


def test_the_environment_beats_the_project_beats_the_person(places):
    user, project = "max_parallel: 1\nprofile: a\nstrict: yes\n", "max_parallel: 2\nprofile: b\n"

    effective = places.read(user, project, PRODIGY_MAX_PARALLEL="3", PRODIGY_MERGE="")

    settings = effective.settings
    assert (settings.max_parallel, settings.profile, settings.strict, settings.merge) == (3, "b", True, "ask")
    assert effective.origin("max_parallel") == Origin(kind="environment", place="PRODIGY_MAX_PARALLEL")
    assert effective.origin("profile") == Origin(kind="project", place=str(places.project))
    assert effective.origin("strict") == Origin(kind="user", place=str(places.user))


def test_tables_of_both_files_add_up(places):
    user = "programs: {codex: ~/codex}\nproviders: {one: {command: [one]}}\nprices: {m: {input: 1, output: 2}}\n"

    effective = places.read(user, "providers: {two: {command: [two]}}\n")

    assert set(effective.settings.providers) == {"one", "two"}
    assert effective.origin("providers.two").kind == "project"
    assert effective.origin("prices.m").kind == "user"
    assert {"claude", "codex", "gemini", "qwen", "opencode", "scripted", "one", "two"} == set(effective.providers())
    assert effective.providers()["gemini"].knows_price("m")
    assert not effective.providers()["gemini"].knows_price("n")


def test_a_project_does_not_replace_a_provider_of_the_person(places):
    effective = places.read(AGENT, "providers: {mine: {command: [evil]}}\n")

    assert effective.settings.providers["mine"].command == ("my-agent",)
    assert effective.origin("providers.mine").kind == "user"


SEE = "; see docs/reference/settings.md"
LIST = 'must be a list of arguments, such as [my-agent, --json, "{prompt}"]; no shell reads it'
MISTAKES = [
    ("max_paralel: 3\n", "1: max_paralel is unknown; did you mean 'max_parallel'?"),
    ("strict: no\nmax_parallel: many\n", "2: max_parallel: input should be a valid integer"),
    ("merge: maybe\n", f"1: merge: input should be 'ask', 'yes' or 'no' (got 'maybe'){SEE}"),
    ("max_parallel: 0\n", f"1: max_parallel: input should be greater than or equal to 1 (got '0'){SEE}"),
    ("providers:\n  aider: {}\n", f"2: providers.aider.command: field required{SEE}"),
    (
        "providers:\n  aider:\n    command: aider --yes\n",
        f"3: providers.aider.command: {LIST} (got 'aider --yes'){SEE}",
    ),
    (
        "providers:\n  aider:\n    command: [aider]\n    timeout: 3\n",
        "4: providers.aider.timeout is unknown; remove it, or see docs/reference/settings.md",
    ),
    (
        "providers: {claude: {command: [x]}}\n",
        "1: providers.claude: is a provider of the program's own; choose another name; "
        "another path of its program goes into 'programs'",
    ),
    ("providers: {Big One: {command: [x]}}\n", "1: providers.Big One"),
    (
        "programs: {aider: x}\n",
        "1: programs.aider: is no provider with a program; there are claude, codex, gemini, qwen, opencode",
    ),
    ("programs: {scripted: x}\n", "1: programs.scripted: is no provider with a program; "),
    (
        "prices: {m: {input: -1, output: 1}}\n",
        f"1: prices.m.input: input should be greater than or equal to 0 (got '-1'){SEE}",
    ),
    ("prices: {m: {input: .inf, output: 1}}\n", "1: prices.m.input: "),
    ("prices: {m: {input: 1}}\n", f"1: prices.m.output: field required{SEE}"),
    ("- a\n", " must be a mapping; it may have provider, max_parallel, "),
    ("strict: yes\nstrict: no\n", "2: "),
    ("a: [\n", ""),
    ("strict: !!python/object/apply:os.system [id]\n", "1: "),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes_are_one_line_with_file_key_value_and_what_to_do(places, text, message):
    with pytest.raises(SettingsWrong) as raised:
        places.read(text)

    said = str(raised.value)
    assert said.startswith(f"{places.user}:{message}"), said
    assert "\n" not in said
    assert raised.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("programs: {claude: ./evil}\n", "programs: a project cannot replace your agent programs"),
        ("prices: {m: {input: 0, output: 0}}\n", "prices: a project cannot say what you pay"),
        ("merge: yes\n", "merge: a project cannot allow itself to land on your branch"),
    ],
)  # fmt: skip
def test_what_a_project_may_not_decide(places, text, message):
    with pytest.raises(SettingsWrong) as raised:
        places.read("", text)

    assert str(raised.value).startswith(f"{places.project}:1: {message}")
    assert "set it in your own settings" in str(raised.value)


def test_a_project_may_ask_for_less(places):
    assert places.read("merge: yes\n", "merge: no\n").settings.merge == "no"


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"PRODIGY_MERGE": "x"}, "PRODIGY_MERGE: input should be 'ask', 'yes' or 'no' (got 'x'); change or unset it"),
        ({"PRODIGY_MAX_PARALLEL": "x"}, "PRODIGY_MAX_PARALLEL: input should be a valid integer"),
    ],
)  # fmt: skip
def test_variables_are_checked_too(places, environ, message):
    with pytest.raises(SettingsWrong) as raised:
        places.read(**environ)

    assert str(raised.value).startswith(message)


def test_a_value_that_may_be_private_is_not_repeated(places):
    with pytest.raises(SettingsWrong) as raised:
        places.read("providers: {a: {command: [a], env: {API_TOKEN: [hunter2-long]}}}\n")

    assert "hunter2" not in str(raised.value)


class TestHostileFiles:
    def test_a_link_out_of_the_project_is_not_followed(self, places, tmp_path):
        secret = tmp_path / "secret.yml"
        secret.write_text("password: hunter2-long\n")
        places.project.symlink_to(secret)

        with pytest.raises(SettingsWrong, match="leads out of the project"):
            places.read()

    def test_a_device_is_not_read(self, places):
        places.project.symlink_to("/dev/zero")

        with pytest.raises(SettingsWrong, match="is not a file of settings"):
            places.read()

    def test_a_huge_file_is_not_read(self, places):
        places.project.write_text("# " + "x" * 2_000_000)

        with pytest.raises(SettingsWrong, match="is not a file of settings"):
            places.read()

    def test_aliases_cannot_fill_the_memory(self, places):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

        with pytest.raises(SettingsWrong):
            places.read("", "\n".join(lines))

    def test_what_is_no_text_is_told(self, places):
        places.project.write_bytes(b"strict: \xff\xfe\n")

        with pytest.raises(SettingsWrong, match="it is not UTF-8"):
            places.read()
