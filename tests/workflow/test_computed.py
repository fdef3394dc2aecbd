"""Computed references (language 8.2): their form, and what they find with a computer that answers from tables."""

from dataclasses import dataclass, field

import pytest

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render, resolve
from prodigy_tui.workflow.references import Mode, Reference, parse_reference
from prodigy_tui.workflow.variables import Scope, Value
from tests.support.rules import rule


@dataclass
class Tables:
    """A computer without a world."""

    files: dict[str, str] = field(default_factory=lambda: {"a.txt": "one\ntwo\n", "it's": "q", "empty": ""})
    commands: list[str] = field(default_factory=list)
    drawn: int = 0

    def file(self, path: str) -> str | None:
        if path == "link":
            raise InterpolationError("PT801", "'link' leaves the worktree")
        return self.files.get(path)

    def command(self, text: str) -> str:
        self.commands.append(text)
        return f"<{text}>\r\n"

    def date(self, form: str) -> str:
        return f"date {form}"

    def uuid(self) -> str:
        self.drawn += 1
        return f"uuid-{self.drawn}"


def scope(**names: object) -> Scope:
    return Scope(
        names=[{name: Value(data) for name, data in names.items()}],
        roots={"last": Value({"output": '[{"a": {"b": 7}}]'})},
        environment={"OUTER": '{"k": 1}'},
        computer=Tables(),
    )


def text(written: str, mode: Mode = "plain", **names: object) -> str:
    return render(parse_text(written, mode), scope(**names))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("${file:a.txt}", "one\ntwo\n", marks=rule("8.2 file")),
        pytest.param("${file:a.txt:head(1):upper}", "ONE", marks=rule("8.2 file")),
        pytest.param("${file:a.txt|length}", "8", marks=rule("8.2 file")),
        pytest.param("${file:none.txt:-d}${file:empty:-e}", "de", marks=rule("8.2 file", "8.2 default")),
        pytest.param("${ file:a.txt:tail(1) }", "two", marks=rule("8.2 file")),
        pytest.param("${cmd:git log --format='%h' | head -n 1}", "<git log --format='%h' | head -n 1>"),
        pytest.param("${cmd:awk '{print $1}' x}", "<awk '{print $1}' x>", marks=rule("C cmd")),
        pytest.param("${cmd:echo ${HOME} ${x:-y}}", "<echo ${HOME} ${x:-y}>", marks=rule("8.2 cmd", "C cmd")),
        pytest.param("${cmd:a:upper}", "<a:upper>", marks=rule("C cmd")),
        pytest.param("${json:k:from:doc}", "v", marks=rule("8.2 json")),
        pytest.param("${json:l[1].x:from:doc}", "2", marks=rule("8.2 json")),
        pytest.param("${json:l[*].x:from:doc:json}", "[1,2]", marks=rule("8.2 json")),
        pytest.param("${json:0.a.b:from:last.output}${json:[0].a.b:from:last.output}", "77", marks=rule("8.2 json")),
        pytest.param("${json:k:from:OUTER}", "1", marks=rule("8.2 json")),
        pytest.param("${json:k:from:data}", "typed", marks=rule("8.2 json")),
        pytest.param("${json:no:from:doc:-d}${json:k:from:nope|default:e}", "de", marks=rule("8.2 json")),
        pytest.param("${date:%Y-%m-%d}", "date %Y-%m-%d", marks=rule("8.2 date")),
        pytest.param("${date:%H:%M:%S}", "date %H:%M:%S", marks=rule("8.2 date")),
        pytest.param("${date:%H:%M:upper}", "DATE %H:%M", marks=rule("8.2 date")),
        pytest.param("${date:%A|lower}", "date %a", marks=rule("8.2 date")),
        pytest.param("${uuid} ${uuid:upper}", "uuid-1 UUID-2", marks=rule("8.2 uuid")),
        pytest.param("${date:-x}${file:-y}", "xy", marks=rule("8.2 computed form")),
    ],
)
def test_plain_text(written: str, found: str) -> None:
    names = {"doc": '{"k": "v", "l": [{"x": 1}, {"x": 2}]}', "data": {"k": "typed"}}

    assert text(written, **names) == found


@rule("8.2 computed data")
@pytest.mark.parametrize(
    ("written", "given_to_shell"),
    [
        ("echo ${file:it's}", "echo 'q'"),
        ("echo ${uuid}", "echo 'uuid-1'"),
        ('echo "${cmd:echo $HOME}"', 'echo "<echo \\$HOME>"'),
        ("echo ${date:%F}", "echo 'date %F'"),
        ("ssh h ${uuid:sh}", "ssh h ''\\''uuid-1'\\'''"),
    ],
)
def test_in_shell_text_they_are_quoted_as_data(written: str, given_to_shell: str) -> None:
    assert text(written, "shell") == given_to_shell


@rule("8.2 computed data")
@pytest.mark.parametrize("written", ["${file:a.txt}", "${cmd:x}", "${json:k:from:doc}", "${date:%F}", "${uuid}"])
def test_computed_values_are_data(written: str) -> None:
    assert not resolve(parse_text(written, "plain"), scope(doc='{"k": 1}')).trusted


@rule("8.3 assigned")
@pytest.mark.parametrize("written", ["uuid=1; a ${uuid}", "date=$(date)\nb ${date:0:4}", "read file; c ${file:x}"])
def test_a_name_that_the_text_assigns_is_not_computed(written: str) -> None:
    assert text(written, "shell") == written


@rule("8.2 computed form")
def test_a_declared_name_stands_before_a_computed_reference() -> None:
    names = {"uuid": "mine", "file": "src/a.py", "date": "today", "json": [1]}

    assert text("${uuid} ${file:basename} ${date:upper} ${json:json}", **names) == "mine a.py TODAY [1]"
    assert text("${cmd:a | b}", cmd="declared") == "<a | b>"


@rule("8.2 env")
def test_env_is_the_root_env() -> None:
    reference = parse_reference("${env:HOME:upper}", 0)

    assert reference is not None
    assert (str(reference[0].path), reference[0].computed) == ("env.HOME", None)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        pytest.param("${file:../x}", "PT801: '../x' leaves the worktree", marks=rule("8.2 file")),
        pytest.param("${file:a/../../x}", "PT801: 'a/../../x' leaves the worktree", marks=rule("8.2 file")),
        pytest.param("${file:/etc/passwd}", "PT801: '/etc/passwd' is absolute; 'file:' reads files of the worktree"),
        pytest.param("${file:link}", "PT801: 'link' leaves the worktree", marks=rule("8.2 file")),
        pytest.param("${file:none}", "PT301: '${file:none}' has no value here", marks=rule("8.2 file")),
        pytest.param("${file:empty:?no text}", "PT301: 'file': no text", marks=rule("8.2 file")),
        pytest.param("${file:a.txt:nope}", "PT304: '${file:a.txt:nope}': unknown modifier 'nope'"),
        pytest.param("${json:k:from:word}", "PT105: the value of 'word' is not JSON", marks=rule("8.2 json")),
        pytest.param("${json:k:from:nope}", "PT301: '${json:…}' has no value here", marks=rule("8.2 json")),
    ],
)
def test_failures(written: str, line: str) -> None:
    with pytest.raises(InterpolationError) as caught:
        text(written, word="word")

    assert str(caught.value).startswith(line)


@rule("8.2 computed form")
@pytest.mark.parametrize("written", ["${json:a}", "${json:a:from:}", "${file:$x}", "${date:}", "${cmd: }", "${file:}"])
def test_what_is_no_computed_reference(written: str) -> None:
    found: Reference | None = next(iter(parse_text(written, "plain").references), None)

    assert found is None or found.computed is None


def test_without_a_computer_there_is_no_value() -> None:
    with pytest.raises(InterpolationError, match=r"PT301: '\$\{uuid\}' cannot be computed here"):
        render(parse_text("${uuid}", "plain"), Scope())


def test_what_a_computer_raises_passes_through() -> None:
    class Needed(Exception):
        pass

    class Asking(Tables):
        def command(self, text: str) -> str:
            raise Needed(text)

    with pytest.raises(Needed, match="make"):
        render(parse_text("a ${cmd:make} b", "shell"), Scope(computer=Asking()))


@rule("8.2 default")
def test_a_default_is_computed_only_when_it_is_used() -> None:
    tables = Tables()

    shown = render(parse_text("${a:-${cmd:x}}", "plain"), Scope(names=[{"a": Value("v")}], computer=tables))

    assert (shown, tables.commands) == ("v", [])
