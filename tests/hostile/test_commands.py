"""Commands over a run of the whole corpus, and hostile words on the command line: what is printed is harmless."""

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.hostile.corpus import SHORT, TEXTS
from tests.hostile.recorded import Recorded, items
from tests.support.gitrepo import hermetic
from tests.support.make import make_run
from tests.support.project import Called, Project

HOSTILE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys, or what turns writing round; a line's end is ours."""

WORDS = {name: value for name, value in SHORT.items() if "\0" not in value}
"""What can stand on a command line."""

SAMPLES = [
    pytest.param(list(WORDS)[3::7], id="sample"),
    pytest.param(list(WORDS), id="all", marks=[pytest.mark.soak, pytest.mark.timeout(600)]),
]


@pytest.fixture
def past(recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    """The program where the run of the corpus was."""
    hermetic(monkeypatch)
    monkeypatch.setenv("PRODIGY_HOME", str(recorded.home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(recorded.home.parent))
    monkeypatch.chdir(recorded.repo.path)
    return Project(recorded.repo, recorded.home, capsys)


def check_harmless(called: Called) -> None:
    for text in (called.out, called.err):
        found = HOSTILE.search(text)
        assert found is None, f"{found[0]!r} in {text[max(0, found.start() - 80) : found.end() + 80]!r}"
    assert "Traceback" not in called.err
    assert "bug" not in called.err


@pytest.mark.slow
def test_the_run_itself_said_nothing_hostile_and_lost_no_item(recorded: Recorded) -> None:
    check_harmless(Called(0, "", recorded.said))
    state = recorded.state
    expected = {index: "dead" if index % 2 else "success" for index in range(len(items()))}
    found = {index: state.items[item_id].status for index, item_id in enumerate(state.order)}
    odd = {state.items[state.order[index]].item.label for index in expected if found[index] != expected[index]}

    assert len(state.order) == len(items())
    assert odd <= {"a␀b"}, "shell text takes no NUL"
    assert len({entry.item.safe_id.casefold() for entry in state.items.values()}) == len(items())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["runs list", "runs show", "runs show -v"])
def test_listings_of_the_run_are_harmless(past: Project, command: str) -> None:
    called = past.call(*command.split(), *(["--color", "never"]))

    assert called.code == 0
    check_harmless(called)


@pytest.mark.slow
def test_the_queue_has_one_aligned_row_for_each_dead_item(past: Project, recorded: Recorded) -> None:
    called = past.call("dlq", "list")
    assert called.code == 0
    check_harmless(called)
    head, *rows = called.out.splitlines()

    assert len(rows) == len(recorded.state.dead_letters)
    kinds = {"exit", "interpolation"}
    column = cell_len(head[: head.index("KIND")])
    for row in rows:
        before = next(at for at in range(len(row)) if cell_len(row[:at]) >= column)
        assert cell_len(row[:before]) == column, row
        assert row[before:].split()[0] in kinds, row
        assert len(row) < 2_000


@pytest.mark.slow
def test_events_have_one_line_each(past: Project, recorded: Recorded) -> None:
    called = past.call("events")
    assert called.code == 0
    check_harmless(called)
    lines = called.out.splitlines()

    assert len(lines) == len(recorded.envelopes)
    assert [int(line.split()[0]) for line in lines] == [envelope.seq for envelope in recorded.envelopes]
    assert max(map(len, lines)) < 2_000


@pytest.mark.slow
@pytest.mark.parametrize("command", ["runs list", "runs show", "dlq list"])
def test_documents_are_valid_and_harmless(past: Project, recorded: Recorded, command: str) -> None:
    called = past.call(*command.split(), "--json")

    check_harmless(called)
    document = called.json
    if command == "dlq list":
        state = recorded.state
        found = {entry["item_id"]: entry["item"] for entry in document["entries"]}
        assert found == {item_id: state.items[item_id].item.data for item_id in state.dead_letters}
        assert len(document["entries"]) == len(found)


@pytest.mark.slow
def test_lines_of_the_log_are_valid(past: Project, recorded: Recorded) -> None:
    lines = past.call("events", "--format", "jsonl").out.removesuffix("\n").split("\n")

    assert len(lines) == len(recorded.envelopes)
    assert all(json.loads(line)["seq"] == seq for seq, line in enumerate(lines, 1))


@pytest.mark.slow
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_every_dead_item_is_found_by_its_id(past: Project, recorded: Recorded, form: tuple[str, ...]) -> None:
    for item_id in sorted(recorded.state.dead_letters)[:: 4 if form else 6]:
        if not item_id or "\0" in item_id:
            continue
        called = past.call("dlq", "show", *form, "--", "last", item_id)

        assert called.code == 0, called.err
        check_harmless(called)
        assert not form or called.json["item_id"] == item_id


MAPPED = """
parameters: {p: {default: x}}
profiles: {quiet: {Q: "1"}}
map:
  items: [{name: a, id: i}]
  agent_template: [{shell: "true", env: {E: "${p}"}}]
"""

OPTIONS = [
    "--item",
    "--filter",
    "--param",
    "--param p",
    "--env",
    "--env E",
    "--profile",
    "--name",
    "--args",
    "--provider",
]


@pytest.mark.parametrize("names", SAMPLES)
@pytest.mark.parametrize("option", OPTIONS)
def test_hostile_options_are_taken_or_refused_in_harmless_words(
    project: Project, option: str, names: list[str]
) -> None:
    file = project.workflow(MAPPED)
    word, _, name = option.partition(" ")
    for value in (WORDS[name] for name in names):
        called = project.call("run", file, "--dry-run", f"{word}={name}={value}" if name else f"{word}={value}")

        assert called.code in (0, 1, 2, 7), called
        check_harmless(called)
        assert len(called.out + called.err) < 40_000
    assert project.runs() == []


@pytest.mark.parametrize("names", SAMPLES)
def test_hostile_words_name_nothing(project: Project, names: list[str]) -> None:
    project.record(make_run(items=3, failing={1}))
    for value in (WORDS[name] for name in names):
        for command in (("runs", "show"), ("dlq", "show", "last"), ("dlq", "retry", "last"), ("events", "--type")):
            last = () if command[0] != "events" else (value,)
            called = project.call(*command, *(last or ("--", value)))
            assert called.code != 0 or command == ("dlq", "show", "last"), called
            check_harmless(called)


@pytest.mark.parametrize("names", SAMPLES)
def test_workflows_have_any_file_name(project: Project, names: list[str]) -> None:
    folder = Path(project.workflow("")).parent
    for value in (WORDS[name] for name in names):
        file = folder / f"{value[:200].replace('/', '_')}.yml"
        if len(file.name.encode("utf-8", "surrogateescape")) > 255:
            continue
        file.write_text("- echo ${nothing.here}\n- shell: true\n  unknown: 1\n")
        for command in (("validate",), ("validate", "--json"), ("run",)):
            called = project.call(*command, "--", file)
            assert called.code == 2, called
            check_harmless(called)
            assert "--json" not in command or called.json
    assert project.runs() == []


@pytest.mark.slow
def test_values_from_the_command_line_arrive_as_themselves(project: Project, tmp_path: Path) -> None:
    names = [name for name in WORDS if name != "token"]
    definitions = ", ".join(f"p{number}: {{type: string}}" for number in range(len(names)))
    steps = "\n".join(
        f'printf %s "$p{number}" > {tmp_path}/out/{number}.param; printf %s "$E{number}" > {tmp_path}/out/{number}.env'
        for number in range(len(names))
    )
    (tmp_path / "out").mkdir()
    file = project.workflow(f"parameters: {{{definitions}}}\nsteps:\n- shell: |\n" + re.sub("(?m)^", "    ", steps))
    given = [
        (f"--param=p{number}={WORDS[name]}", f"--env=E{number}={WORDS[name]}") for number, name in enumerate(names)
    ]

    called = project.call("run", file, "--headless", "--merge=no", *(word for pair in given for word in pair))

    assert called.code == 0, called.err
    check_harmless(called)
    for number, name in enumerate(names):
        for kind in ("param", "env"):
            read = (tmp_path / f"out/{number}.{kind}").read_bytes()
            assert read == WORDS[name].encode("utf-8", "surrogateescape"), (name, kind)
    for command in (("runs", "show"), ("events",), ("runs", "show", "--json")):
        check_harmless(project.call(*command))


@pytest.mark.parametrize("text", ["true) || (true", "name == 'a') || (true", "true # ", "true ||"])
def test_a_filter_is_one_expression_and_never_part_of_another(project: Project, text: str) -> None:
    file = project.workflow(MAPPED.replace("  agent_template", "  filter: false || name == 'b'\n  agent_template"))

    called = project.call("run", file, "--dry-run", f"--filter={text}")

    assert called.code == 2, called


IDENTIFIED = """
map:
  input: {file: items.json}
  agent_template:
    - write_file: {path: "out/${item_index}", content: "${item_id}", create_dirs: true}
    - shell: |
        git add --all && git commit -qm "item $PRODIGY_WORK_INDEX"
        test "$PRODIGY_ATTEMPT$PRODIGY_AGENT_ID" && test -e "$AGAIN" || { printf '%s\\n' ${item_id} >&2; exit 3; }
"""


@pytest.mark.slow
def test_dead_items_are_chosen_retried_and_landed_by_hostile_ids(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [name for name in list(WORDS)[2::9] if name in TEXTS and name != "token"]
    values = [WORDS[name] for name in names]
    project.repo.commit("items.json", json.dumps([{"id": value} for value in values]))
    file = project.workflow(IDENTIFIED)
    monkeypatch.setenv("AGAIN", str(tmp_path / "again"))

    for value in values:
        chosen = project.call("run", file, "--dry-run", f"--item={value}")
        assert chosen.code == 0, chosen
        assert "items: 1 item" in chosen.out, value
        check_harmless(chosen)
    failed = project.call("run", file, "--headless", "--merge=no", "-v")
    check_harmless(failed)
    assert len(project.call("dlq", "list", "--json").json["entries"]) == len(values)

    (tmp_path / "again").touch()
    some = project.call("dlq", "retry", "--merge=no", "--", "last", *values[:3])
    check_harmless(some)
    assert len(project.call("dlq", "list", "--json").json["entries"]) == len(values) - 3
    landed = project.call("dlq", "retry", "last", "--all", "-y")

    assert landed.code == 0, landed.err
    check_harmless(landed)
    assert [project.repo.read(f"out/{index}") for index in range(len(values))] == values
