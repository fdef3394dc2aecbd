"""Where work items come from (language 13.3 to 13.5), read in a real run worktree."""

import asyncio
import json
import threading

import pytest

from prodigy_tui.engine.items import item_loading
from prodigy_tui.events.schema import ItemsLoaded
from prodigy_tui.workflow.item_reading import format_for, read_items
from prodigy_tui.workflow.items import parse_sort_by, select
from prodigy_tui.workflow.model import ItemInput, MapPhase
from prodigy_tui.workflow.variables import Scope
from tests.support.rules import rule

TEMPLATE = "\n  agent_template: ['true']\n"


def mapping(of: str, setup: str = "") -> str:
    before = f"setup:\n  - {json.dumps(setup)}\n" if setup else ""
    return f"{before}map:\n  {of}{TEMPLATE}"


def data(ran) -> list:
    return [ran.state.items[item_id].item.data for item_id in ran.state.order]


@rule(
    "13.3 list",
    "13.3 file",
    "13.3 glob",
    "13.3 shell",
    "13.3 text file",
    "13.3 text glob",
    "13.3 text shell",
    "13.3 encoding",
)
@pytest.mark.parametrize(
    ("setup", "of", "items"),
    [
        ("", "input: [1, {a: b}, 'x y']", [1, {"a": "b"}, "x y"]),
        ("", "items: [x]", ["x"]),
        ("echo '[1, 2]' > in.json", "input: in.json", [1, 2]),
        ("echo '{\"a\": {\"b\": [1, 2]}}' > in.json", "input: in.json\n  json_path: $.a.b[*]", [1, 2]),
        ("printf '{\"a\":1}\\n\\n{\"a\":2}\\n' > in.jsonl", "input: {file: in.jsonl}", [{"a": 1}, {"a": 2}]),
        ("printf 'a,b\\n1,\"x, y\"\\n' > in.csv", "input: 'file: in.csv'", [{"a": "1", "b": "x, y"}]),
        ("printf 'on\\n\\n two \\n' > in.txt", "input: ./in.txt", ["on", " two "]),
        ("printf -- '- on\\n- 1\\n' > in.yml", "input: in.yml", ["on", 1]),
        ("mkdir d; touch d/b.py d/a.py c.py 'd/e f.py'", "input: d/*.py", ["d/a.py", "d/b.py", "d/e f.py"]),
        ("mkdir d; touch d/b d/a", "input: {glob: ['d/**', '*.txt'], exclude: [d/b*]}", ["d/a", "readme.txt"]),
        ("printf '\\357\\273\\277[1]' > in.json", "input: {path: in.json}", [1]),
        ("printf 'a\\r\\n\"x\\r\\ny\"\\r\\n' > in.csv", "input: in.csv", [{"a": "x\r\ny"}]),
        ("printf 'a.b c*.ignored\\n' | tr ' ' '\\n' > .gitignore; touch a.b d.b", "input: 'glob: *.b'", ["d.b"]),
        ("", "input: {shell: 'seq 3 | tac', format: lines}", ["3", "2", "1"]),
        ("", "input: \"shell: printf '\\\\357\\\\273\\\\277[7]'\"", [7]),
        ("", "input: {command: 'echo a,b; echo 1,2', format: csv}", [{"a": "1", "b": "2"}]),
        ("", "input: 'echo [4, 5]'", [4, 5]),
        ("", f"input: 'echo one two; : {'x' * 300}'", ["one two"]),
    ],
)  # fmt: skip
async def test_inputs(lab, setup, of, items):
    ran = await lab.run(mapping(of, setup))

    assert ran.state.status == "succeeded", ran.state.message
    assert data(ran) == items


@rule("13.3 text interpolated")
async def test_inputs_with_captures_of_setup(lab):
    ran = await lab.run("""
    setup:
      - {shell: "echo 'a b.json'; echo '[\\"x\\"]' > 'a b.json'", capture: file}
    map: {input: "${file}", agent_template: ['true']}
    """)
    escaped = await lab.run("""
    setup:
      - {shell: "echo 'a; touch $OUTSIDE/pwned'", capture: evil}
    map: {input: {shell: "echo ${evil}"}, agent_template: ['true']}
    """)

    assert data(ran) == ["x"]
    assert data(escaped) == ["a; touch $OUTSIDE/pwned"]
    assert not (lab.outside / "pwned").exists()


@rule("C 13.3 absolute")
async def test_an_absolute_path_has_to_be_in_the_repository_or_allowed(lab):
    (lab.outside / "in.json").write_text("[1]")
    lab.repo.write("own.json", "[2]")
    refused = await lab.run(mapping(f"input: {lab.outside}/in.json"))
    allowed = await lab.run(mapping(f"input: {lab.outside}/in.json"), allow_outside=(str(lab.outside),))
    own = await lab.run(mapping(f"input: 'file: {lab.repo.path}/own.json'"))

    assert refused.state.phases["map"].failure.code == "PT801"
    assert (data(allowed), data(own)) == ([1], [2])


@rule(
    "13.3 shell fails",
    "13.3 file missing",
    "13.3 text program",
    "13.3 text missing",
    "13.3 json malformed",
    "13.3 encoding",
    "13.3 file escapes",
    "13.5 min_items",
    "13.4 id_field missing",
    "13.4 id_field duplicate",
)
@pytest.mark.parametrize(
    ("setup", "of", "code"),
    [
        ("", "input: gone.json", "PT501"),
        ("", "input: {file: gone}", "PT501"),
        ("touch prog; chmod +x prog", "input: prog", "PT502"),
        ("echo '{' > in.json", "input: in.json", "PT503"),
        ("printf '\\377' > in.txt", "input: in.txt", "PT503"),
        ("echo 'a: [' > in.yml", "input: in.yml", "PT503"),
        ("echo '[{\"k\": 1}, {}]' > in.json", "input: in.json\n  id_field: k", "PT505"),
        ('echo \'[{"k": 1}, {"k": 1}]\' > in.json', "input: in.json\n  id_field: k", "PT505"),
        ("", "input: [1, 2]\n  min_items: 3", "PT506"),
        ("", "input: {shell: 'echo [1]; echo why >&2; exit 3'}", "PT507"),
        ("", "input: {shell: 'sleep 300', timeout: 0.2}", "PT507"),
        ("ln -s .. up", "input: {file: up/x}", "PT801"),
        ("ln -s /etc link", "input: {file: link/passwd}", "PT801"),
        ("ln -s loop loop", "input: {file: loop}", "PT501"),
    ],
)
async def test_problems_fail_the_map_and_nothing_lands(lab, setup, of, code):
    ran = await lab.run(mapping(of, setup), merge="yes")

    assert (ran.state.status, ran.state.exit_code, ran.state.landing) == ("failed", 1, None)
    assert (ran.state.phases["map"].failure.code, ran.state.code) == (code, code)
    assert "reduce" not in ran.state.phases


@rule("13.3 file missing", "B.4 work-items")
@pytest.mark.parametrize(
    ("setup", "of", "words"),
    [
        ("mkdir out; echo '[]' > out/items.json", "input: items.json", "did you mean 'out/items.json'?"),
        ("echo '[]' > itmes.json", "input: {file: items.json}", "did you mean 'itmes.json'?"),
        ("echo '[]' > new-work-items.json", "input: {file: gone}", "setup made 'new-work-items.json'"),
        (
            "echo '[]' > work-items.json; git add .; git commit -qm made",
            "input: gone.json",
            "setup made 'work-items.json'",
        ),
        ("true", "input: gone.json", "no such file 'gone.json'; a setup step should have made it"),
    ],
)
async def test_a_missing_file_names_what_could_be_meant(lab, setup, of, words):
    ran = await lab.run(mapping(of, setup))

    assert ran.state.phases["map"].failure.code == "PT501"
    assert ran.state.phases["map"].failure.message.endswith(words)


@rule("B.4 work-items")
async def test_new_work_items_do_not_replace_the_input(lab):
    ran = await lab.run(mapping("input: in.json", "echo '[1]' > in.json; echo '[2]' > new-work-items.json"))

    assert data(ran) == [1]


@rule("13.3 file format")
def test_a_format_goes_before_the_extension():
    source = ItemInput(kind="file", text="in.dat", format="tsv")

    assert read_items("a\tb\n1\t2\n", format_for(source.text, source.format)).data == [{"a": "1", "b": "2"}]


@rule("13.3 shell")
async def test_the_whole_output_of_an_input_command_is_read(lab):
    ran = await lab.run(
        mapping("""input: {shell: "yes abcdefghij | head -n 900000; echo last", format: lines}
  filter: item == 'last'""")
    )

    assert data(ran) == ["last"]


@rule("13.5 loop")
async def test_the_loop_turns_while_items_are_read_and_selected():
    rows = [{"n": number % 977, "path": f"src/{number}.py"} for number in range(20_000)]
    text = json.dumps({"rows": rows})
    keys = {"json_path": "$.rows[*]", "filter": "n >= 5", "distinct": ("path",), "sort_by": parse_sort_by("-n, path")}
    phase = MapPhase(input=ItemInput(kind="list"), **keys)
    loop = asyncio.get_running_loop()
    turns = 0

    def turn():
        nonlocal turns, timer
        turns += 1
        timer = loop.call_soon(turn)

    timer = loop.call_soon(turn)
    found = await asyncio.to_thread(read_items, text, "json")
    while_reading, turns = turns, 0
    selection = await asyncio.to_thread(select, phase, found.data, Scope())
    timer.cancel()

    assert selection.items[0].data == {"n": 976, "path": "src/10746.py"}
    assert (while_reading > 2, turns > 2) == (True, True)


@rule("13.5 loop")
@pytest.mark.parametrize("of", ["input: in.json", "input: {file: in.json}", "input: {glob: '*'}", "input: [1]"])
async def test_the_loop_reads_nothing_itself(lab, of, monkeypatch):
    readers = set()
    select_items = item_loading.select

    def noted(*arguments):
        readers.add(threading.current_thread())
        return select_items(*arguments)

    monkeypatch.setattr(item_loading, "select", noted)
    await lab.run(mapping(of, "echo '[1]' > in.json"))

    assert readers
    assert threading.main_thread() not in readers


async def test_a_map_that_failed_on_its_input_reads_it_again_when_resumed(lab):
    ran = await lab.run(mapping("input: {shell: 'cat $OUTSIDE/in'}"))
    (lab.outside / "in").write_text("[1]")

    again = await lab.reopen(ran)

    assert (data(again), again.state.status) == ([1], "succeeded")


async def test_what_setup_left_uncommitted_is_there_to_be_mended_before_a_resume(lab):
    ran = await lab.run(mapping("input: in.json", "echo '[1' > in.json"))
    assert ran.state.phases["map"].failure.code == "PT503"
    (ran.folder.worktrees / "run" / "in.json").write_text("[1]")

    again = await lab.reopen(ran)

    assert (data(again), again.state.status) == ([1], "succeeded")


@rule("13.5 no items")
@pytest.mark.parametrize(("setup", "of"), [("echo '[]' > in.json", "input: in.json"), ("", "input: 'nothing-*.here'")])
async def test_no_items_is_a_success_with_a_warning(lab, setup, of):
    ran = await lab.run(mapping(of, setup) + "reduce: [touch $OUTSIDE/reduced]\n", merge="yes")

    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("succeeded", 0, "nothing")
    assert [ran.state.phases[name].status for name in ("map", "reduce")] == ["skipped", "skipped"]
    assert "no work items" in ran.warnings()
    assert not (lab.outside / "reduced").exists()


@rule("13.5 operator", "13.5 order", "13.4 recorded")
async def test_the_pipeline_and_what_the_operator_narrows(lab):
    entries = [{"id": f"i{n}", "n": n % 4, "keep": n != 3} for n in range(9)]
    text = mapping(
        f"""input: {json.dumps(entries)}
  filter: item.keep
  distinct: n
  sort_by: n DESC
  offset: 1
  max_items: 3"""
    )
    ran = await lab.run(text)
    narrowed = await lab.run(text, filter="n != 1", max_items=1)
    one = await lab.run(text, items=("i0",))
    none = await lab.run(text, items=("i8",))

    assert [entry["id"] for entry in data(ran)] == ["i2", "i1", "i0"]
    (loaded,) = ran.of(ItemsLoaded)
    assert list(loaded.stages.values()) == [9, 8, 4, 4, 3, 3]
    assert [entry["id"] for entry in data(narrowed)] == ["i2"]
    assert [entry["id"] for entry in data(one)] == ["i0"]
    assert none.state.phases["map"].failure.code == "PT505"


async def test_late_numbers_are_settled_with_what_setup_captured(lab):
    ran = await lab.run("""
    setup:
      - {shell: "echo 2", capture: many}
    map: {input: [a, b, c, d], offset: "${many}", max_items: $many, min_items: "${many}", agent_template: ['true']}
    """)
    few = await lab.run("""
    setup:
      - {shell: "echo 5", capture: many}
    map: {input: [a, b, c, d], min_items: "${many}", agent_template: ['true']}
    """)

    assert data(ran) == ["c", "d"]
    assert few.state.phases["map"].failure.message == "PT506: 4 items are left, but 'min_items' is 5"


@rule("13.5 operator")
async def test_an_item_whose_id_is_a_hash_can_be_chosen_by_its_label(lab):
    ran = await lab.run(mapping("input: [a.txt, b.txt, c.txt]"), items=("b.txt",))

    assert data(ran) == ["b.txt"]


@rule("8.7 scalars")
async def test_items_are_called_by_their_text(lab):
    ran = await lab.run(mapping("input: [false, 1.0, 3, {name: true}, {n: 1, id: x}]"))

    assert [ran.state.items[item_id].item.label for item_id in ran.state.order] == ["false", "1.0", "3", "true", "x"]


async def test_the_input_file_of_setup_is_no_leftover(lab):
    ran = await lab.run(mapping("input: ./in.json", "echo '[1]' > in.json") + "reduce: [echo x > x]\n", merge="yes")

    assert ran.state.warning_count == 1
    assert b"in.json" not in ran.artifact("run/leftover.patch")
    assert b"+x" in ran.artifact("run/leftover.patch")


async def test_run_if_decides_about_reduce(lab):
    text = """
    map: {{input: [a, b], agent_template: ['test ${{item}} {check}']}}
    reduce: {{steps: [touch $OUTSIDE/{name}], run_if: {run_if}}}
    """
    runs = {
        name: await lab.run(text.format(name=name, check=check, run_if=run_if))
        for name, check, run_if in [
            ("any", "= a", "any_success"),
            ("none", "= x", "any_success"),
            ("all", "= a", "all_success"),
            ("always", "= x", "always"),
        ]
    }

    assert sorted(path.name for path in lab.outside.iterdir()) == ["always", "any"]
    assert runs["all"].state.phases["reduce"].message == "1 of 2 items did not succeed"
    assert all(ran.state.exit_code == 1 for ran in runs.values())
