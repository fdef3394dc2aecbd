"""Items that want to be more than data, through whole runs: as shell text, prompt, file name, branch, message.

Every third of them in an ordinary test run, all of them with `-m soak`.
"""

import json

import pytest

HOSTILE = [
    "it's \"quoted\"",
    "two\nlines\n\n  and more\n",
    "$(touch $OUTSIDE/pwned)",
    "`touch $OUTSIDE/pwned`",
    "; touch $OUTSIDE/pwned #",
    "' ; touch $OUTSIDE/pwned ; '",
    "\" ; touch $OUTSIDE/pwned ; \"",
    "${item.id} ${HOME} $HOME $$ \\ \\\\ \\n %s",
    "../../etc/passwd",
    ".git/config",
    "-rf --exec=touch",
    "\u001b[31mred\u001b[0m\u0007\u0000\u0001",
    "right\u202eleft\u2066 \u200b zero",
    "\u2028 \u0085 \f\v\r",
    "é e\u0301 \U0001f389 \ufeff",
    "a" * 300,
    "CON", "HEAD", "a..b", "a.lock", "~^:?*[", "@{-1}", " ", "", "/", ".", "refs/heads/main",
]  # fmt: skip

RUN = """
setup:
  - cp $OUTSIDE/items.json items.json
map:
  input: items.json
  max_parallel: 4
  agent_template:
    - shell: |
        printf '%s' ${item.text} > unquoted
        printf '%s' '${item.text}' > single
        printf '%s' "${item.text}" > double
        cat > piped
        cat <<END > here
        ${item.text}|
        END
        cat here
      stdin: "${item.text}"
      capture: said
    - write_file: {path: "written", content: "${item.text}"}
    - write_file: {path: "written.json", format: json, content: '{"text": "${item.text}", "all": ${item}}'}
    - agent:
        prompt: "look at ${item.text}"
        provider: scripted
        options: {script: [{match: "^look at", do: [{say: seen}]}]}
    - shell: |
        for other in single double piped written; do cmp unquoted $other || exit 1; done
        printf '%s\\n' "${said}" | cmp here - && printf '%s\\n' "$said" | cmp here - || exit 1
        mkdir -p out && mv unquoted out/$PRODIGY_WORK_INDEX.txt && mv written.json out/$PRODIGY_WORK_INDEX.json
        rm single double piped written here
        git add --all && git commit -qm ${item.text:json}
      commit_required: true
reduce:
  - {shell: "printf '%s' ${map.results_json} > results.json; git add results.json; git commit -qm results"}
"""


every = pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.soak)])


@pytest.mark.slow
@every
async def test_hostile_items_stay_data_all_the_way(lab, every):
    no_nul = [text.replace("\0", "") for text in HOSTILE[::every]]
    (lab.outside / "items.json").write_text(json.dumps([{"text": text} for text in no_nul]))
    ran = await lab.run(RUN, merge="yes")

    failures = {entry.item.data["text"]: entry.failure for entry in ran.state.items.values() if entry.failure}
    assert failures == {}
    files = lab.repo.files()
    for index, item_id in enumerate(ran.state.order):
        text = ran.item(item_id).item.data["text"]
        written = (lab.repo.path / f"out/{index}.txt").read_bytes().decode()
        assert written == text
        assert json.loads(files[f"out/{index}.json"]) == {"text": text, "all": {"text": text}}
    results = json.loads(files["results.json"])
    assert [entry["item"]["text"] for entry in results] == no_nul
    assert not (lab.outside / "pwned").exists()
    assert lab.repo.git("config", "--list", "--local").count("core.") <= 6
    assert ran.state.landing.status == "landed"


@every
async def test_hostile_items_fail_apart_with_names_that_are_safe(lab, every):
    texts = HOSTILE[1::every]
    (lab.outside / "items.json").write_text(json.dumps([*texts, *({"id": text} for text in texts if text)]))
    ran = await lab.run("""
    setup: ["cp $OUTSIDE/items.json items.json"]
    map: {input: items.json, max_parallel: 8, agent_template: ["touch left; exit 3"]}
    """)

    assert set(ran.statuses().values()) == {"dead"}
    names = [ran.item(item_id).item.safe_id for item_id in ran.state.order]
    assert len({name.lower() for name in names}) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for name in names)
    assert len(ran.branches()) == len(names)
    assert all((ran.folder.artifacts / "items" / name / "1" / "leftover.patch").is_file() for name in names)
    labels = [ran.item(item_id).item.label for item_id in ran.state.order]
    assert not any(set(label) & {"\n", "\r", "\u2028"} for label in labels)


async def test_text_with_a_nul_fails_where_no_program_can_take_it_and_not_elsewhere(lab):
    (lab.outside / "items.json").write_text(json.dumps([{"text": "a\0b"}]))
    ran = await lab.run("""
    setup: ["cp $OUTSIDE/items.json items.json"]
    map:
      input: items.json
      agent_template:
        - {write_file: {path: "out.bin", content: "${item.text}"}}
        - {shell: "git add --all && git commit -qm x"}
        - {shell: "echo ${item.text}", on_failure: {shell: "echo ${error.kind} > kind"}}
        - {shell: "true", env: {X: "${item.text}"}, on_failure: true}
        - {shell: "true", working_dir: "${item.text}", on_failure: true}
        - {write_file: {path: "${item.text}", content: x}, on_failure: true}
        - {shell: "cat", stdin: "${item.text}"}
    """)

    (entry,) = ran.state.items.values()
    assert (entry.status, entry.output) == ("success", "a\0b")
    assert ran.files()["out.bin"] == "a\0b"
    assert ran.steps(entry.item.id)["2"] == "recovered"


@pytest.mark.slow
async def test_an_item_of_a_megabyte_goes_through_everything(lab):
    big = {"id": "big", "text": "x y'z\n" * 95_000, "list": ["é" * 15_000] * 10}
    (lab.outside / "items.json").write_text(json.dumps([big]))
    ran = await lab.run("""
    setup: ["cp $OUTSIDE/items.json items.json"]
    map:
      input: items.json
      agent_template:
        - {shell: "printf '%s' ${item.text} > text; wc -c < $PRODIGY_WORK_FILE", capture: size}
        - {shell: "printf '%s' ${item} > item.json; cat > piped; cmp text piped", stdin: "${item.text}"}
        - agent:
            prompt: "read ${item.text}"
            provider: scripted
            options: {script: [{match: '^read /\\S+$', do: [{say: ok}]}]}
        - {shell: "test ${agent.output} = ok; git add --all; git commit -qm x"}
    reduce:
      - {shell: "printf '%s' ${map.results_json} | wc -c"}
    """, merge="yes")  # fmt: skip

    assert ran.state.status == "succeeded", ran.state.message
    assert lab.repo.read("text") == big["text"]
    assert json.loads(lab.repo.read("item.json")) == big
    assert int(ran.said("reduce")["0"]) > 900_000
    assert "PT512" in [warned.code for warned in ran.state.warnings]
