"""Where work items come from (language 13.3 to 13.5), read in a real run worktree."""

import json

import pytest

from prodigy_tui.events.schema import ItemsLoaded

TEMPLATE = "\n  agent_template: ['true']\n"


def mapping(of: str, setup: str = "") -> str:
    before = f"setup:\n  - {json.dumps(setup)}\n" if setup else ""
    return f"{before}map:\n  {of}{TEMPLATE}"


def data(ran) -> list:
    return [ran.state.items[item_id].item.data for item_id in ran.state.order]


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
        ("", "input: {shell: 'seq 3 | tac', format: lines}", ["3", "2", "1"]),
        ("", "input: 'echo [4, 5]'", [4, 5]),
        ("", f"input: 'echo one two; : {'x' * 300}'", ["one two"]),
    ],
)  # fmt: skip
async def test_inputs(lab, setup, of, items):
    ran = await lab.run(mapping(of, setup), merge="yes")

    assert ran.state.status == "succeeded", ran.state.message
    assert data(ran) == items


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


async def test_an_absolute_path_has_to_be_in_the_repository_or_allowed(lab):
    (lab.outside / "in.json").write_text("[1]")
    lab.repo.write("own.json", "[2]")
    refused = await lab.run(mapping(f"input: {lab.outside}/in.json"))
    allowed = await lab.run(mapping(f"input: {lab.outside}/in.json"), allow_outside=(str(lab.outside),))
    own = await lab.run(mapping(f"input: 'file: {lab.repo.path}/own.json'"))

    assert refused.state.phases["map"].failure.code == "PT801"
    assert (data(allowed), data(own)) == ([1], [2])


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
        ("", "input: {file: ../x}", "PT801"),
        ("ln -s /etc link", "input: {file: link/passwd}", "PT801"),
        ("ln -s loop loop", "input: {file: loop}", "PT501"),
    ],
)
async def test_problems_fail_the_map_and_nothing_lands(lab, setup, of, code):
    ran = await lab.run(mapping(of, setup), merge="yes")

    assert (ran.state.status, ran.state.exit_code, ran.state.landing) == ("failed", 1, None)
    assert (ran.state.phases["map"].failure.code, ran.state.code) == (code, code)
    assert "reduce" not in ran.state.phases


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


@pytest.mark.parametrize(("setup", "of"), [("echo '[]' > in.json", "input: in.json"), ("", "input: 'nothing-*.here'")])
async def test_no_items_is_a_success_with_a_warning(lab, setup, of):
    ran = await lab.run(mapping(of, setup) + "reduce: [touch $OUTSIDE/reduced]\n", merge="yes")

    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("succeeded", 0, "nothing")
    assert [ran.state.phases[name].status for name in ("map", "reduce")] == ["skipped", "skipped"]
    assert "no work items" in ran.warnings()
    assert not (lab.outside / "reduced").exists()


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


async def test_an_item_whose_id_is_a_hash_can_be_chosen_by_its_label(lab):
    ran = await lab.run(mapping("input: [a.txt, b.txt, c.txt]"), items=("b.txt",))

    assert data(ran) == ["b.txt"]


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
