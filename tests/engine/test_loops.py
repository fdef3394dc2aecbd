"""`foreach` at work: sources, order, failures, results (language 5.6)."""

# ruff: noqa: E501 - the workflows are the tests

import json

import pytest

from prodigy_tui.events.schema import StepFinished
from tests.hostile.corpus import SHORT, TEXTS
from tests.support.rules import rule


@rule("5.6 runs", "5.6 runs local")
async def test_a_loop_runs_its_steps_for_every_item(lab):
    ran = await lab.run("""
    - shell: "printf before"
      capture: outer
    - foreach: {list: [a, b, "c d"]}
      do:
        - shell: "echo ${outer} ${item} ${index} ${total} ${foreach.item} ${foreach.index} ${foreach.total}"
          capture: said
        - echo ${said}
    - echo ${last.output}
    - {shell: "echo never", when: "said"}
    """)

    assert ran.state.status == "succeeded", ran.state.message
    log = ran.log("phases/steps")
    assert "before a 0 3 a 0 3\n" in log
    assert "before c d 2 3 c d 2 3\n" in log
    assert ran.said()["2"] == "3 items: 3 ok, 0 failed"
    assert ran.steps()["3"] == "skipped", "captures inside are local to the iteration"


SOURCES = [
    pytest.param("{list: [a, {k: 1}, 2]}", ["a", {"k": 1}, 2], id="list"),
    pytest.param("[a, b]", ["a", "b"], id="bare list"),
    pytest.param("{file: items.json}", [{"n": 1}, {"n": 2}], id="file"),
    pytest.param("'file: items.txt'", ["one", "two"], id="file with a prefix"),
    pytest.param("{glob: 'src/*.py', exclude: ['*b.py']}", ["src/a.py"], id="glob"),
    pytest.param("{shell: 'echo [1, 2]'}", [1, 2], id="output of a command, read like an input"),
    pytest.param("{shell: 'cat items.json', format: lines}", ['[{"n":1},{"n":2}]'], id="format"),
    pytest.param("printf 'x\\n\\n[1]\\n'", ["x", "[1]"], id="bare command: lines that are not blank"),
    pytest.param("${text}", ["l1", "l 2"], id="reference to text"),
    pytest.param("${data.list}", [1, {"a": 2}], id="reference to a list"),
]


@rule("5.6 runs sources")
@pytest.mark.parametrize(("source", "items"), SOURCES)
async def test_sources(lab, source, items):
    lab.repo.commit("src/a.py", "")
    lab.repo.commit("src/b.py", "")
    lab.repo.commit("items.json", '[{"n":1},{"n":2}]')
    lab.repo.commit("items.txt", "one\n\ntwo\n")
    ran = await lab.run(f"""
    - {{shell: "printf 'l1\\n\\nl 2\\n'", capture: text}}
    - {{shell: 'echo ''{{"list": [1, {{"a": 2}}]}}''', capture: data, capture_format: json}}
    - foreach: {source}
      do: "echo ${{item}}"
      capture: found
      capture_format: json
    """)

    assert ran.state.status == "succeeded", ran.state.message
    results = ran.state.phases["steps"].steps["2"].result.captured
    assert [result["item"] for result in results] == items


@rule("5.6 runs sources")
@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("exit 3", "PT507"),
        ("{file: missing.txt}", "PT501"),
        ("{file: '../x'}", "PT801"),
        ("${o}", "PT105"),
        ("{shell: 'echo {', format: json}", "PT503"),
    ],
)
async def test_a_source_that_cannot_be_read_fails_the_step(lab, source, code):
    ran = await lab.run(
        f"""
    - {{shell: "echo '{{}}'", capture: o, capture_format: json}}
    - {{foreach: {source!r}, do: "echo never"}}
    """
        if not source.startswith("{")
        else f"""
    - "true"
    - {{foreach: {source}, do: "echo never"}}
    """
    )

    failure = ran.state.phases["steps"].steps["1"].failure
    assert failure.code == code, failure


@rule("5.6 runs empty")
async def test_no_items_are_no_failure(lab):
    ran = await lab.run("""- {foreach: "true", do: exit 1}""")

    assert ran.said()["0"] == "0 items: 0 ok, 0 failed"


@rule("5.6 runs failure")
async def test_after_a_failure_no_iteration_starts_and_the_step_fails(lab):
    ran = await lab.run("""
    - {foreach: [a, b, c], do: [{shell: "echo ${item} >> $OUTSIDE/ran; test ${item} != b || exit 7"}, "echo behind"]}
    - touch $OUTSIDE/never
    """)

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.exit_code) == ("exit", 7)
    assert failure.message.startswith("item 2 of 3: '")
    assert (lab.outside / "ran").read_text() == "a\nb\n"
    assert not (lab.outside / "never").exists()


@rule("5.6 runs continue")
async def test_with_continue_on_error_all_run_and_the_step_is_tolerated(lab):
    ran = await lab.run("""
    - foreach: [1, 2, 3]
      continue_on_error: true
      do: {shell: "echo out${item}; test ${item} != 2"}
      id: loop
      capture: results
      capture_format: json
    - echo ${loop.output}, ${loop.status}, ${foreach.results[1].success}, ${results[2].output}
    - {shell: "cat", stdin: "${foreach.results}"}
    """)

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.steps()["0"] == "tolerated"
    assert ran.said()["1"] == "3 items: 2 ok, 1 failed, tolerated, false, out3"
    assert [(r["index"], r["item"], r["success"], r["output"], r["error"]) for r in json.loads(ran.said()["2"])] == [
        (0, 1, True, "out1", None),
        (1, 2, False, "out2", "'echo out${item}; test ${item} != 2': out2"),
        (2, 3, True, "out3", None),
    ]
    assert "was tolerated" in ran.warnings()


@rule("5.6 runs max_items")
async def test_the_first_items_only(lab):
    ran = await lab.run("""
    - {shell: "echo 2", capture: n}
    - {foreach: [a, b, c], max_items: "${n}", do: "echo ${item} of ${total}"}
    """)

    assert ran.said()["1"] == "2 items: 2 ok, 0 failed"
    assert "b of 2\n" in ran.log("phases/steps")


@rule("5.6 runs until")
async def test_until_ends_the_loop(lab):
    ran = await lab.run("""
    - foreach: [a, b, c]
      do: {shell: "echo ${item}", capture: said}
      until: "said == 'b' && foreach.index == 1 && index < ${total}"
    """)

    assert ran.said()["0"] == "2 items: 2 ok, 0 failed"


@rule("5.6 runs parallel", "5.6 runs log")
async def test_iterations_at_once_are_bounded_and_their_lines_tell_whose_they_are(lab):
    ran = await lab.run("""
    - foreach: [1, 2, 3, 4, 5, 6]
      parallel: 3
      do:
        shell: |
          mkdir $OUTSIDE/at-work.$$; ls -d $OUTSIDE/at-work.* | wc -l >> $OUTSIDE/counts
          echo one-${item}; sleep 0.2; printf 'two-${item}'
          rmdir $OUTSIDE/at-work.$$
    """)

    assert ran.said()["0"] == "6 items: 6 ok, 0 failed"
    counts = [int(line) for line in (lab.outside / "counts").read_text().split()]
    assert max(counts) <= 3 and len(counts) == 6
    lines = ran.log("phases/steps").splitlines()
    for number in range(1, 7):
        own = [line.removeprefix(f"[{number}/6] ") for line in lines if line.startswith(f"[{number}/6] ")]
        assert own[0] == f"item: {number}"
        assert own[-2:] == [f"one-{number}", f"two-{number}"]


@rule("5.6 runs parallel", "5.6 runs failure")
async def test_running_iterations_end_when_one_has_failed(lab):
    ran = await lab.run("""
    - foreach: [slow, bad, never, never]
      parallel: 2
      do:
        shell: |
          case ${item} in
            slow) while ! test -e $OUTSIDE/failed; do sleep 0.01; done; sleep 0.2; echo done >> $OUTSIDE/ended;;
            bad) touch $OUTSIDE/failed; exit 1;;
            never) touch $OUTSIDE/never;;
          esac
    """)

    assert ran.steps()["0"] == "failed"
    assert (lab.outside / "ended").read_text() == "done\n"
    assert not (lab.outside / "never").exists()


@rule("5.6 runs as", "5.6 runs environment")
async def test_a_renamed_variable_leaves_the_item_of_the_agent(lab):
    ran = await lab.run("""
    map:
      input: [{name: outer}]
      agent_template:
        - foreach: [{n: 1}]
          as: part
          do: {shell: "echo ${item.name} ${part.n} $PRODIGY_ITEM_NAME$PRODIGY_ITEM_N ${item_id} $part"}
        - foreach: [{n: 2}]
          do: {shell: "echo ${item.n} $PRODIGY_ITEM_N$PRODIGY_ITEM_NAME $PRODIGY_ITEM"}
        - echo ${item.name}
    """)

    assert ran.state.counts.success == 1, ran.item(ran.state.order[0]).failure
    log = ran.log(f"items/{ran.item(ran.state.order[0]).item.safe_id}/1")
    item_id = ran.state.order[0]
    assert f'\nouter 1 outer {item_id} {{"n":1}}\n' in log
    assert '\n2 2 {"n":2}\n' in log
    assert ran.item(item_id).output == "outer"


@rule("5.6 runs nested")
async def test_loops_in_loops(lab):
    ran = await lab.run("""
    - foreach: [a, b]
      as: outer
      do:
        foreach: [1, 2]
        do: {shell: "echo $PRODIGY_ITEM ${outer}${item} ${index}/${total}", env: {X: "${outer}"}}
    - foreach: [a, b]
      do: {foreach: [1], as: x, do: "echo $PRODIGY_ITEM ${item}-${x}"}
    """)

    log = ran.log("phases/steps")
    assert [line for line in log.splitlines() if line.endswith("/2") and not line.startswith("$")] == [
        "1 a1 0/2",
        "2 a2 1/2",
        "1 b1 0/2",
        "2 b2 1/2",
    ]
    assert '"a" a-1\n' in log


@rule("4.4 composites timeout")
async def test_a_timeout_limits_the_whole_loop(lab):
    ran = await lab.run("""- {foreach: [1, 2, 3], timeout: 1, do: sleep 0.6}""")

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.exit_code, failure.message) == ("timeout", 124, "timed out after 1 s")


@rule("4.4 composites retry")
async def test_a_retry_repeats_all_of_it(lab):
    ran = await lab.run("""
    - foreach: [a, b]
      retry: {attempts: 2, initial_delay: 0s, backoff: fixed}
      do: {shell: "echo ${item} >> $OUTSIDE/ran; test -e $OUTSIDE/second || { test ${item} = a || { touch $OUTSIDE/second; exit 1; }; }"}
    """)

    assert ran.steps()["0"] == "ok", ran.state.message
    assert (lab.outside / "ran").read_text() == "a\nb\na\nb\n"


@rule("4.4 composites commit")
@pytest.mark.parametrize(("command", "status"), [("git commit -q --allow-empty -m x", "ok"), ("true", "failed")])
async def test_commit_required_looks_before_and_after_the_whole(lab, command, status):
    ran = await lab.run(f"""- {{foreach: [1, 2], commit_required: true, do: "test ${{item}} = 1 || {command}"}}""")

    assert ran.steps()["0"] == status
    if status == "failed":
        assert ran.state.phases["steps"].steps["0"].failure.kind == "no_commit"


@rule("4.4 composites fields")
async def test_folder_and_environment_of_a_loop_hold_inside(lab):
    lab.repo.commit("sub/x", "")
    ran = await lab.run("""
    - {foreach: "ls", working_dir: sub, env: {V: "v-${run.id}"}, do: "echo ${item} $V $(basename $PWD)"}
    """)

    assert f"\nx v-{ran.state.run_id} sub\n" in ran.log("phases/steps")


@rule("5.6 runs hostile")
@pytest.mark.parametrize(
    ("parallel", "share"),
    [
        pytest.param(1, slice(0, None, 8), id="one"),
        pytest.param(3, slice(4, None, 8), id="three"),
        pytest.param(3, slice(None), id="three, the whole corpus", marks=pytest.mark.soak),
    ],
)
async def test_hostile_items_are_data_in_loops(lab, parallel, share):
    corpus = [value for name, value in SHORT.items() if name in TEXTS][share]
    lab.repo.commit("items.json", json.dumps(corpus))
    ran = await lab.run(f"""
    - foreach: {{file: items.json}}
      parallel: {parallel}
      continue_on_error: true
      do:
        - {{shell: 'printf %s ${{item}} > "$OUTSIDE/$PRODIGY_STEP-${{index}}"', name: shell}}
        - {{shell: 'cat > "$OUTSIDE/$PRODIGY_STEP-${{index}}"', name: stdin, stdin: "${{item}}"}}
    """)

    assert ran.state.status == "succeeded", ran.state.message
    for event in ran.of(StepFinished):
        if event.path.startswith("0/e") and event.failure is not None:
            assert event.failure.code in ("PT308",), event
    for index, item in enumerate(corpus):
        written = lab.outside / f"shell-{index}"
        if "\0" not in item:
            assert written.read_bytes() == item.encode("utf-8", "surrogateescape"), item
    assert not (lab.outside / "PWNED").exists()


@rule("5.6 runs resume")
async def test_a_loop_that_was_under_way_is_done_again_as_a_whole(lab):
    ran = await lab.run("""
    - {foreach: [a, b], do: "echo ${item} >> $OUTSIDE/first", capture: kept, capture_format: json}
    - {foreach: [a, b], do: "echo ${item} >> $OUTSIDE/ran; test ${item} = a || test -e $OUTSIDE/go"}
    - echo ${kept[1].item} ${foreach.results[0].item}
    """)
    assert ran.state.status == "failed"
    (lab.outside / "go").touch()

    again = await lab.reopen(ran)

    assert again.state.status == "succeeded", again.state.message
    assert (lab.outside / "first").read_text() == "a\nb\n", "a finished step is not done again"
    assert (lab.outside / "ran").read_text() == "a\nb\na\nb\n"
    assert again.said()["2"] == "b a"


@rule("5.6 runs resume")
@pytest.mark.parametrize("parallel", [1, 2])
async def test_a_loop_that_is_stopped_leaves_nothing_behind_and_is_resumed(lab, parallel):
    text = f"""
    - foreach: [a, b, c]
      parallel: {parallel}
      do:
        - {{shell: "echo ${{item}} >> $OUTSIDE/ran; touch $OUTSIDE/begun; test -e $OUTSIDE/go || sleep 300"}}
    """
    async with lab.live(text) as live:
        await live.until_file(lab.outside / "begun")
        live.send("stop")
    ran = lab.ran(live)
    assert (ran.state.status, ran.state.exit_code) == ("interrupted", 130)
    assert ran.state.phases["steps"].steps["0"].status == "interrupted"
    (lab.outside / "go").touch()

    again = await lab.reopen(ran)

    assert again.state.status == "succeeded", again.state.message
    assert sorted((lab.outside / "ran").read_text().split())[-1] == "c"
