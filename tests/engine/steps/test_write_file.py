"""`write_file` (language 5.7): any data keeps its place, and no path leads out of the worktree."""

import json
import stat
from pathlib import Path

import pytest
import yaml

from prodigy_tui.engine.kinds.write_file import run_write_file
from prodigy_tui.workflow.item_reading import read_items
from prodigy_tui.workflow.model import WriteFileCommand
from tests.support.rules import rule

NASTY = 'a "quoted" \\ line\nwith: {yaml} [x] # no comment\t\x1b[31m é \u202e'


def write(worktree: Path, path: str, content: object, **fields: object):
    command = WriteFileCommand(path=path, content=content, **fields)
    return run_write_file(command, path=path, content=content, worktree=worktree)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@rule("5.7 runs: text")
def test_text_is_written_as_it_is_with_its_mode(tmp_path):
    done = write(tmp_path, "a/b.sh", NASTY, create_dirs=True, mode=0o755)

    assert (done.exit_code, done.stdout) == (0, "a/b.sh")
    assert (tmp_path / "a/b.sh").read_bytes().decode() == NASTY
    assert stat.S_IMODE((tmp_path / "a/b.sh").stat().st_mode) == 0o755
    assert names(tmp_path / "a") == ["b.sh"]


@rule("5.7 runs: append")
def test_append_adds_to_what_is_there(tmp_path):
    for text in ("one\n", "two\n"):
        write(tmp_path, "log", text, append=True)

    assert (tmp_path / "log").read_text() == "one\ntwo\n"


@rule("5.7 runs: formats")
@pytest.mark.parametrize("text", ['{"b": 1, "a": [true, null, "x"]}', "[\n1]", '"é"'])
def test_json_is_parsed_and_written_anew(tmp_path, text):
    write(tmp_path, "x.json", text, format="json")

    written = (tmp_path / "x.json").read_text()
    assert written == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@rule("5.7 runs: formats")
@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("on: push\nyes: no\n", {"on": "push", "yes": "no"}),
        ("a: 010\nb: 0x10\nc: 1_000\nd: 2024-01-01\n", {"a": 10, "b": 16, "c": "1_000", "d": "2024-01-01"}),
        ("- 'true'\n- '12'\n- '1e3'\n- '0o7'\n- ''\n- '~'\n", ["true", "12", "1e3", "0o7", "", "~"]),
    ],
)
def test_yaml_is_read_as_the_language_reads_it(tmp_path, text, data):
    write(tmp_path, "x.yml", text, format="yaml")
    once = (tmp_path / "x.yml").read_text()
    write(tmp_path, "x.yml", once, format="yaml")

    assert yaml.load(once, Loader=yaml.BaseLoader) is not None
    assert (tmp_path / "x.yml").read_text() == once
    assert write(tmp_path, "x.json", data, format="json").exit_code == 0
    assert read_items(once, "yaml").data == data


@rule("5.7 runs: atomic")
@pytest.mark.parametrize(("text", "format_"), [("{", "json"), ("NaN", "json"), ("a: [", "yaml"), ("!x y", "yaml")])
def test_content_that_is_not_of_its_format_fails_and_writes_nothing(tmp_path, text, format_):
    done = write(tmp_path, "x", text, format=format_)

    assert done.failure is not None
    assert f"is not {format_}" in done.failure.message
    assert names(tmp_path) == []


@rule("5.7 runs: path")
@pytest.mark.parametrize(
    "path", ["/etc/x", "../x", "a/../../x", ".git/config", "a/.GIT/hooks/x", "link/x", "gitlink", "", "a\0b", "loop/x"]
)
def test_no_path_leads_out_of_the_worktree_or_into_git(tmp_path, path):
    worktree = tmp_path / "worktree"
    (worktree / ".git").mkdir(parents=True)
    (worktree / "link").symlink_to(tmp_path)
    (worktree / "gitlink").symlink_to(".git/config")
    (worktree / "loop").symlink_to("loop")

    done = write(worktree, path, "x", create_dirs=True)

    assert done.failure is not None
    assert not (worktree / ".git/config").exists()
    assert not (tmp_path / "x").exists()


@rule("5.7 runs: path")
def test_a_link_inside_the_worktree_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")

    write(tmp_path, "link", "new")

    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "link").is_symlink()


@rule("5.7 runs: atomic")
@pytest.mark.parametrize("path", ["missing/x", "file/x", "folder", "x" * 300])
def test_a_place_that_cannot_be_written_fails_the_step_and_leaves_nothing(tmp_path, path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")

    assert write(tmp_path, path, "x").failure is not None
    assert names(tmp_path) == ["file", "folder"]


@rule("5.7 runs: references")
async def test_references_in_content_keep_their_meaning_in_every_format(lab):
    ran = await lab.run(f"""
    map:
      input: [{{id: i, text: {json.dumps(NASTY)}, list: [1, "two"], none: null, n: 7}}]
      agent_template:
        - write_file: {{path: "out/${{item.id}}.txt", content: "<${{item.text}}>", create_dirs: true}}
        - write_file:
            path: a.json
            format: json
            content: >-
              {{"text": "<${{item.text}}>", "list": ${{item.list}}, "none": ${{item.none}}, "whole": ${{item.text}}}}
        - write_file:
            path: b.json
            format: json
            content: {{t: "<${{item.text}}>", l: "${{item.list}}", n: "${{item.n}}"}}
        - write_file: {{path: c.yml, format: yaml, content: {{t: "${{item.text}}", l: ["${{item.list}}"]}}}}
        - write_file: {{path: d.yml, format: yaml, content: "list: ${{item.list}}\\nn: ${{item.n}}\\n"}}
        - shell: git add --all && git commit -qm all
    """)

    files = ran.files()
    assert files["out/i.txt"] == f"<{NASTY}>"
    assert json.loads(files["a.json"]) == {"text": f"<{NASTY}>", "list": [1, "two"], "none": None, "whole": NASTY}
    assert json.loads(files["b.json"]) == {"t": f"<{NASTY}>", "l": [1, "two"], "n": 7}
    assert yaml.safe_load(files["c.yml"]) == {"t": NASTY, "l": [[1, "two"]]}
    assert yaml.safe_load(files["d.yml"]) == {"list": [1, "two"], "n": 7}


@rule("5.7 runs: path")
async def test_a_path_made_of_data_that_leads_out_fails_the_item(lab):
    ran = await lab.run("""
    map:
      input: ["../../x", "/tmp/x", ".git/config", "fine"]
      agent_template:
        - write_file: {path: "${item}", content: x}
    """)

    codes = [entry.failure.code if entry.failure else None for entry in (ran.state.items[i] for i in ran.state.order)]
    assert codes == ["PT801", "PT801", "PT801", None]
