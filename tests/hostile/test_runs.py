"""The corpus through whole runs of the real engine: items arrive as themselves, or are refused alone.

A quarter of it is part of every test run; `-m soak` sends all of it in every shape.
"""

import json
import os
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from prodigy_tui.events.schema import StepFinished
from prodigy_tui.workflow.rendering import compact_json
from tests.hostile.corpus import CORPUS, DELIMITER, MEGABYTE, TEXTS
from tests.hostile.laboratory import HostileLab
from tests.support.engine import Ran, retry

SPECIAL = {"nul", "megabyte", "long path", "token"}
"""Values with tests of their own: some places refuse them, and what looks like a token is masked in the item itself."""

VALUES = {name: value for name, value in TEXTS.items() if name not in SPECIAL}

EVERYWHERE = """
name: hostile
setup: ["cp $OUTSIDE/items.json items.json"]
map:
  input: items.json
  max_parallel: 4
  agent_template:
    - name: "look at ${VALUE}"
      id: first
      shell: |
        mkdir -p "$OUTSIDE/$PRODIGY_WORK_INDEX" && cd "$OUTSIDE/$PRODIGY_WORK_INDEX" || exit 9
        printf %s ${VALUE} > unquoted
        printf %s "${VALUE}" > double
        printf %s '${VALUE}' > single
        printf %s "$(printf %s. ${VALUE})" > substituted
        printf %s "$VARIABLE" > environment
        printf %s "$PASSED" > passed
        cat > piped
        { printf 'got<<--%s--\\n' END; cat piped; printf '\\n--%s--\\n' END; } > "$PRODIGY_OUTPUT"
        cat piped; echo
      stdin: "${VALUE}"
      env: {PASSED: "${VALUE}"}
      capture: said
      output_file: "${VALUE}.put"
      on_failure: true
    - shell: |
        cd "$OUTSIDE/$PRODIGY_WORK_INDEX"
        cat <<STOP > here
        ${VALUE}|
        STOP
        cat <<'STOP' > quoted
        ${VALUE}|
        STOP
      on_failure: true
    - {write_file: {path: told/text, content: "<${VALUE}>", create_dirs: true}}
    - write_file: {path: told/json, format: json, content: '{"in": "<${VALUE}>", "all": ${VALUE}}'}
    - {write_file: {path: told/yaml, format: yaml, content: {"in": "<${VALUE}>", "all": "${VALUE}"}}}
    - {write_file: {path: "${VALUE}", content: hostile, create_dirs: true}, on_failure: true}
    - {write_file: {path: "out/${item_index}/${VALUE}", content: kept, create_dirs: true}, on_failure: true}
    - {shell: "pwd -P", working_dir: "${VALUE}", output_file: told/folder, on_failure: true}
    - {agent: {prompt: "echo ${VALUE}", provider: scripted}, id: echoed}
    - shell: |
        here="$OUTSIDE/$PRODIGY_WORK_INDEX"
        cat > "$here/echoed"
        printf %s ${said} > "$here/captured"
        printf %s "$said" > "$here/exported"
        printf %s "${first.outputs.got}" > "$here/output"
        mv told/* "$here" && rmdir told
        find . \\( -path ./.git -o -path ./out \\) -prune -o -type f -print0 > "$here/found"
        mkdir -p out && touch "out/of-$PRODIGY_WORK_INDEX"
        git add --all --force --ignore-errors ./out
        git commit -q --allow-empty-message --cleanup=verbatim -m ${VALUE} &&
        git log -1 --format=%B > "$here/message" && git clean -fdxq
      stdin: "${echoed.output}"
"""


SHAPES: dict[str, Callable[[str], Any]] = {
    "scalar": lambda value: value,
    "field": lambda value: {"a": {"b": value}, "id": value, "name": value, "path": value, value: value},
}


def codes(ran: Ran, item_id: str) -> dict[str, str | None]:
    """Path -> code of the failure, of the steps of an item that did not just go well."""
    return {e.path: e.failure.code for e in ran.of(StepFinished) if e.item_id == item_id and e.failure is not None}


def escapes(path: str) -> bool:
    """Whether a path may not be written to (language 5.7)."""
    parts = PurePosixPath(path).parts
    return not parts or "\0" in path or path.startswith("/") or ".." in parts or ".git" in path.casefold().split("/")


def fits(path: str) -> bool:
    """Whether the system takes the path."""
    return all(len(part.encode()) < 256 for part in path.split("/")) and len(path.encode()) < 3_000


def name_of(path: str) -> bytes:
    return os.fsencode("/".join(PurePosixPath(path).parts))


def look_at(ran: Ran, lab: HostileLab, index: int, value: str) -> str:
    try:
        check_item(ran, lab, index, value)
    except AssertionError as error:
        return str(error)
    return ""


def check_item(ran: Ran, lab: HostileLab, index: int, value: str) -> None:
    """The value has arrived wherever it may arrive, and only the steps that may not take it have failed."""
    item_id = ran.state.order[index]
    raw, told, failed = os.fsencode(value), lab.arrived(index), codes(ran, item_id)
    assert ran.item(item_id).failure is None

    expected: dict[str, str | None] = {}
    if escapes(value):
        expected["5"] = "PT801"
    elif not fits(value) or value.endswith("/"):  # with a slash it names a folder, which the first step has made
        expected["5"] = None
    for path, put in (("0", f"{value}.put"), ("6", f"out/{index}/{value}")):
        if escapes(put) or not fits(put):
            expected[path] = "PT801" if escapes(put) else None
    delimited = f"{value}|".split("\n")[:-1]
    if DELIMITER in delimited or (DELIMITER[0] in value and failed.get("1") == "PT307"):
        expected["1"] = "PT307"
    folder = value.rstrip("/") if value != "/" else value
    if folder in ("", ".") or (value.endswith("/") and not escapes(value)):
        assert told.pop("folder").startswith(os.fsencode(ran.folder.worktrees))
    else:
        outside = folder.startswith("/") or folder.split("/")[0] in ("..", "~")
        expected["7"] = "PT801" if outside else "PT802"
    assert failed == expected

    for place in ("unquoted", "double", "single", "environment", "passed", "piped", "captured", "exported"):
        assert told.pop(place) == raw, place
    assert told.pop("substituted") == raw + b"."
    assert told.pop("output").decode() == value
    assert told.pop("echoed").decode() == f"echo {value}".removesuffix("\n").removesuffix("\r")
    assert told.pop("text") == b"<" + raw + b">"
    assert json.loads(told.pop("json")) == {"in": f"<{value}>", "all": value}
    assert yaml.safe_load(told.pop("yaml")) == {"in": f"<{value}>", "all": value}
    message = told.pop("message").rstrip(b"\n")
    assert message == raw.rstrip(b"\n") or "\uffff" in value or "\U0010ffff" in value  # git takes these for Latin-1
    if "1" not in expected:
        assert told.pop("here") == told.pop("quoted") == raw + b"|\n"
    paths = {name_of(path) for step, path in (("5", value), ("0", f"{value}.put")) if step not in expected}
    found = {os.path.normpath(path) for path in told.pop("found").split(b"\0")[:-1]}
    assert found - {b"readme.txt"} == paths
    assert told == {}


async def check_everywhere(lab: HostileLab, shape: str, names: list[str]) -> None:
    """Sends values through the whole template, as items of a shape, and looks at everything they could have done."""
    values = [VALUES[name] for name in names]
    lab.items(SHAPES[shape](value) for value in values)
    variable = "PRODIGY_ITEM_VALUE" if shape == "scalar" else "PRODIGY_ITEM_A_B"
    place = "${item.value}" if shape == "scalar" else "${item.a.b}"

    ran = await lab.run(EVERYWHERE.replace("${VALUE}", place).replace("VARIABLE", variable), merge="yes")

    lab.guard.check(but=("repo/out/",))
    wrong = [(name, problem) for index, name in enumerate(names) if (problem := look_at(ran, lab, index, VALUES[name]))]
    assert not wrong, "\n".join(f"{name}: {problem}" for name, problem in wrong)
    assert set(ran.statuses().values()) == {"success"}
    assert ran.state.landing is not None
    assert ran.state.landing.status == "landed"
    assert kept_files(lab) == {
        os.path.normpath(f"out/{index}/{value}")  # noqa: ASYNC240 - it looks at the text alone
        for index, value in enumerate(values)
        if "6" not in codes(ran, ran.state.order[index]) and not value.startswith("git~1/")  # git refuses it by itself
    }


def kept_files(lab: HostileLab) -> set[str]:
    listed = lab.repo.git("ls-files", "-z").split("\0")[:-1]
    return {os.path.normpath(path) for path in listed if not path.startswith("out/of-")} - {"readme.txt"}


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "first"), [("scalar", 0), ("field", 4)])
async def test_values_arrive_everywhere_as_themselves(lab: HostileLab, shape: str, first: int) -> None:
    await check_everywhere(lab, shape, list(VALUES)[first::8])


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("shape", ["scalar", "field"])
async def test_all_values_arrive_everywhere_in_every_shape(lab: HostileLab, shape: str) -> None:
    await check_everywhere(lab, shape, list(VALUES))


IDENTITIES = """
setup: ["cp $OUTSIDE/items.json items.json"]
map:
  input: items.json
  max_parallel: 4
  agent_template:
    - {write_file: {path: "out/${item_index}", content: "${item.id:-${item_json}}", create_dirs: true}}
    - shell: |
        test -e "$OUTSIDE/go" || sleep 600
        git add --all && git commit -qm "item $PRODIGY_WORK_INDEX"
        printf '%s' "$PRODIGY_WORK_ID" > "$OUTSIDE/$PRODIGY_WORK_INDEX.id"
        test -e "$OUTSIDE/again" || exit $((PRODIGY_WORK_INDEX > 3 && PRODIGY_WORK_INDEX % 2))
"""


@pytest.mark.slow
@pytest.mark.parametrize("every", [8, pytest.param(1, marks=[pytest.mark.soak, pytest.mark.timeout(600)])])
async def test_runs_are_stopped_resumed_retried_and_landed_whatever_the_ids(lab: HostileLab, every: int) -> None:
    values = [value for name, value in TEXTS.items() if name != "token"][::every]
    lab.items({"id": value} if index % 4 < 2 else {value: value} for index, value in enumerate(values))
    async with lab.live(IDENTITIES) as live:
        await live.until(lambda state: len(state.slots) == 4)
        live.send("stop")
    stopped = lab.ran(live)
    assert stopped.state.status == "interrupted"

    (lab.outside / "go").touch()
    resumed = await lab.reopen(stopped)

    dead = resumed.state.order[5::2]
    assert [item_id for item_id, status in resumed.statuses().items() if status != "success"] == list(dead)
    assert len({branch.casefold() for branch in resumed.branches()}) == len(dead) + 1
    for item_id in resumed.state.order:
        lab.repo.git("check-ref-format", f"refs/heads/prodigy/x/item/{resumed.item(item_id).item.safe_id}/1")
        assert resumed.item(item_id).item.label.isprintable()

    (lab.outside / "again").touch()
    landed = await lab.reopen(resumed, *retry(*dead), merge="yes")

    assert set(landed.statuses().values()) == {"success"}
    assert landed.state.landing is not None
    assert landed.state.landing.status == "landed"
    for index, item_id in enumerate(landed.state.order):
        data = landed.item(item_id).item.data
        assert json.loads(json.dumps(data)) in ({"id": values[index]}, {values[index]: values[index]})
        assert lab.repo.read(f"out/{index}") in (values[index], compact_json(data))
        if "\0" not in item_id and len(item_id) < 100_000:
            assert (lab.outside / f"{index}.id").read_bytes() == os.fsencode(item_id)
    lab.guard.check(but=("repo/out/",))


async def test_nul_is_refused_where_no_program_takes_it_and_arrives_in_files(lab: HostileLab) -> None:
    lab.items(["a\0b"])
    ran = await lab.run("""
    setup: ["cp $OUTSIDE/items.json items.json"]
    map:
      input: items.json
      agent_template:
        - {write_file: {path: "out.bin", content: "${item.value}"}}
        - {shell: "git add --all && git commit -qm x && ! printenv PRODIGY_ITEM_VALUE"}
        - {shell: "echo ${item.value}", on_failure: true}
        - {shell: "git commit --allow-empty -m '${item.value}'", on_failure: true}
        - {shell: "cat <<E\n${item.value}\nE\n", on_failure: true}
        - {shell: "true", env: {X: "${item.value}"}, on_failure: true}
        - {shell: "true", working_dir: "${item.value}", on_failure: true}
        - {shell: "true", output_file: "${item.value}", on_failure: true}
        - {write_file: {path: "${item.value}", content: x}, on_failure: true}
        - {agent: {prompt: "${item.value}", provider: scripted}, on_failure: true}
        - {shell: "cat", stdin: "${item.value}"}
    """, merge="yes")  # fmt: skip

    (item_id,) = ran.state.order
    assert ran.item(item_id).output == "a\0b"
    assert codes(ran, item_id) == {"5": None, **dict.fromkeys("234", "PT308"), **dict.fromkeys("678", "PT801")}
    assert lab.repo.read("out.bin") == "a\0b"
    lab.guard.check(but=("repo/out.bin",))


async def test_agents_may_make_folders_of_any_depth(lab: HostileLab) -> None:
    value = TEXTS["long path"]
    lab.items([value, "deeper", "later"])
    ran = await lab.run("""
    setup: ["cp $OUTSIDE/items.json items.json"]
    map:
      input: items.json
      max_parallel: 1
      agent_template:
        - {write_file: {path: "in/${item.value}", content: "${item.value}", create_dirs: true}}
        - {shell: "printf put", output_file: "out/$item_index/put"}
        - shell: |
            git add --all && git commit -qm deep
            test $PRODIGY_WORK_INDEX -ne 1 || for i in 1 2 3 4 5 6; do
              d=$(printf '%0200d/' 0 0 0) && mkdir -p $d && cd -P $d || exit 1
            done
    """, merge="yes")  # fmt: skip

    assert set(ran.statuses().values()) == {"success"}
    assert (lab.repo.path / "in" / value).read_text() == value
    lab.guard.check(but=("repo/out/", "repo/in/"))


@pytest.mark.slow
async def test_values_that_no_argument_and_no_variable_holds_are_told_by_file(lab: HostileLab) -> None:
    value = CORPUS["megabyte"][: MEGABYTE - 16]
    lab.items([value])
    ran = await lab.run("""
    setup: ["cp $OUTSIDE/items.json items.json"]
    map:
      input: items.json
      agent_template:
        - {shell: "printf %s ${item.value} > text; cat > piped; cmp text piped", stdin: "${item.value}", capture: said}
        - {write_file: {path: again, content: "${item.value}"}}
        - {shell: "cmp text again && git add --all && git commit -qm x"}
        - {shell: "true", env: {X: "${item.value}"}, on_failure: true}
        - {shell: "git commit -m ${item.value}", on_failure: true}
        - {shell: "true", working_dir: "${item.value}", on_failure: true}
        - {write_file: {path: "${item.value}", content: x}, on_failure: true}
        - {shell: 'printf %s "$item"', on_failure: true}
        - {agent: {prompt: "${item.value}", provider: scripted}}
        - {shell: "cmp ${agent.output} text"}
    """, merge="yes")  # fmt: skip

    (item_id,) = ran.state.order
    assert codes(ran, item_id) == {"3": None, "4": None, "5": "PT802", "6": None, "7": "PT301"}
    messages = [event.failure.message for event in ran.of(StepFinished) if event.failure is not None]
    assert max(map(len, [*messages, *(warned.message for warned in ran.state.warnings)])) < 300
    assert lab.repo.read("text") == value
    lab.guard.check(but=("repo/text", "repo/again", "repo/piped"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps(["x" * MEGABYTE]), "PT506: item 1 of the input is larger than 1 MiB"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("[" * 5_000 + "]" * 5_000, "deep"),
        ('["\\ud800"]', "half of a surrogate pair stands alone"),
        ("[NaN]", "NaN is no JSON"),
        ("[1e999]", "1e999"),
        ("[" + "9" * 10_000 + "]", "digits"),
    ],
    ids=["larger than an item", "too deep for Python", "too deep", "surrogate", "nan", "infinite", "digits"],
)
async def test_items_that_cannot_be_are_refused_with_a_reason(lab: HostileLab, text: str, message: str) -> None:
    (lab.outside / "items.json").write_text(text)
    ran = await lab.run("""
    setup: ["cp $OUTSIDE/items.json items.json"]
    map: {input: items.json, agent_template: ["touch $OUTSIDE/ran"]}
    """)

    assert ran.state.status == "failed"
    assert message in ran.state.message
    assert len(ran.state.message) < 300
    assert not (lab.outside / "ran").exists()


async def test_an_id_that_no_variable_holds_fails_its_item_alone(lab: HostileLab) -> None:
    lab.items([{"id": "i" * 200_000}, {"id": "b"}])
    ran = await lab.run("""
    setup: ["cp $OUTSIDE/items.json items.json"]
    map: {input: items.json, agent_template: ["true"]}
    """)

    assert [ran.item(item_id).status for item_id in ran.state.order] == ["dead", "success"]
    failure = ran.item(ran.state.order[0]).failure
    assert failure is not None
    assert "Argument list too long" in failure.message
    assert max(len(warned.message) for warned in ran.state.warnings) < 300
