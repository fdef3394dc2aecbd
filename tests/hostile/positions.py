"""Every place of shell text where data can stand (language 9.2), as small scripts, and real shells that run them."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.variables import Scope, Value, item_value
from tests.hostile.corpus import DELIMITER

Shell = Literal["sh", "bash"]
SHELLS: Final[tuple[Shell, ...]] = ("sh", "bash")

PRELUDE: Final = """show() { for _a in "$@"; do printf '%s\\0' "$_a"; done; printf '\\001\\0'; }\n"""
"""`show` writes each of its arguments and a NUL, then a mark."""
END: Final = "\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A script with `${item.v}`, and what it shows: the arguments of its one call of `show`, `{}` for the value."""

    text: str
    shows: str
    bash: bool = False
    """Only bash has it."""
    document: bool = False
    """In a here-document, where a value that would end it is refused (PT307)."""

    def runs_in(self, shell: Shell) -> bool:
        return shell == "bash" or not self.bash


def _p(text: str, shows: str = "{}", *, bash: bool = False, document: bool = False) -> Position:
    return Position(text=text.replace("STOP", DELIMITER), shows=shows, bash=bash, document=document)


POSITIONS: Final[Mapping[str, Position]] = {
    "U": _p("show ${item.v}"),
    "U behind an option": _p("show --a=${item.v}", "--a={}"),
    "U inside a word": _p("show a${item.v}b", "a{}b"),
    "U twice in a word": _p("show ${item.v}${item.v}", "{}{}"),
    "U between quotes": _p("show 'a'${item.v}\"b\"", "a{}b"),
    "U behind $NAME": _p('Z=1; show "x"$Z${item.v}', "x1{}"),
    "U in a path": _p("show d/${item.v}/e", "d/{}/e"),
    "U behind a joined line": _p("show \\\n${item.v}"),
    "U in $( )": _p('show "$(printf %s. ${item.v})"', "{}."),
    "U in $( $( ) )": _p('show "$(printf %s. "$(printf %s. ${item.v})")"', "{}.."),
    "U in ( )": _p("(show ${item.v})"),
    "U in { }": _p("{ show ${item.v}; }"),
    "U behind !, && and ||": _p("! true && true || show ${item.v}"),
    "U in a condition": _p('if [ ${item.v} = "$(printf %s x)" ]; then show x; else show no; fi', "no"),
    "U as the name of nothing": _p("if false; then ${item.v}; fi; show x", "x"),
    "argument of a function": _p('f() { show "$1"; }; f ${item.v}'),
    "in a function": _p("f() { show ${item.v}; }; f"),
    "assignment": _p('w=${item.v}; show "$w"'),
    "assignment in a word": _p('w=a${item.v}b; show "$w"', "a{}b"),
    "assignment before a command": _p('w=${item.v} sh -c \'printf "%s\\0\\001\\0" "$w"\''),
    "export": _p('export w=${item.v}; show "$w"'),
    "readonly": _p('(readonly w=${item.v}; show "$w")'),
    "local": _p('f() { local w=${item.v}; show "$w"; }; f'),
    "declare": _p('declare w=${item.v}; show "$w"', bash=True),
    "typeset": _p('typeset w=${item.v}; show "$w"', bash=True),
    "declare in quotes": _p('declare "w=${item.v}"; show "$w"', bash=True),
    "elements of an array": _p('w=(a ${item.v} b${item.v}); show "${w[@]}"', "a|{}|b{}", bash=True),
    "value of an element": _p('w[3]=${item.v}; show "${w[3]}"', bash=True),
    "key and value of an array": _p('w=([2]=${item.v}); show "${w[2]}"', bash=True),
    "D": _p('show "a${item.v}b"', "a{}b"),
    "D alone": _p('show "${item.v}"'),
    "D in $( )": _p('show "$(printf %s. "${item.v}")"', "{}."),
    "D behind $NAME": _p('Z=1; show "$Z${item.v}"', "1{}"),
    "D behind ${NAME}": _p('Z=1; show "${Z}${item.v}"', "1{}"),
    "D behind $NAME and trusted text": _p('Z=1; show "$Z${run.id}${item.v}"', "1ab{}"),
    "D behind single quotes": _p('show "it\'s ${item.v}"', "it's {}"),
    "D over lines": _p('show "a\n${item.v}\nb"', "a\n{}\nb"),
    "S": _p("show 'a${item.v}b'", "a{}b"),
    "S alone": _p("show '${item.v}'"),
    "S in $( )": _p("show \"$(printf %s. '${item.v}')\"", "{}."),
    "S behind signs": _p("show '$(`\"\\ ${item.v}'", '$(`"\\ {}'),
    "backticks, U": _p('w=`printf %s. ${item.v}`; show "$w"', "{}."),
    "backticks, D": _p('w=`printf %s. "${item.v}"`; show "$w"', "{}."),
    "backticks, S": _p("w=`printf %s. '${item.v}'`; show \"$w\"", "{}."),
    "backticks in backticks": _p('w=`printf %s. \\`printf %s. "x"\\` ${item.v}`; show "$w"', "x..{}."),
    "backticks inside both": _p(
        'w=`printf %s. "$(v=\\`printf %s. ${item.v}\\`; printf %s. "$v")"`; show "$w"', "{}..."
    ),
    "backticks in $( )": _p('show "$(printf %s. "$(w=`printf %s. ${item.v}`; printf %s. "$w")")"', "{}..."),
    "H": _p('w=$(cat <<STOP\na${item.v}b\nSTOP\n); show "$w"', "a{}b", document=True),
    "H alone on a line": _p('w=$(cat <<STOP\n${item.v}\n.\nSTOP\n); show "$w"', "{}\n.", document=True),
    "H behind $NAME": _p('Z=1; w=$(cat <<STOP\n$Z${item.v}b\nSTOP\n); show "$w"', "1{}b", document=True),
    "H of a loop": _p("while IFS= read -r w; do :; done <<STOP\n${item.v}\nSTOP\nshow x", "x", document=True),
    "$( ) in H": _p('w=$(cat <<STOP\n$(printf %s. ${item.v})\nSTOP\n); show "$w"', "{}.", document=True),
    "$( ) in H, D": _p('w=$(cat <<STOP\n$(printf %s. "a${item.v}\nb")\nSTOP\n); show "$w"', "a{}\nb.", document=True),
    "$( ) in H, S": _p("w=$(cat <<STOP\n$(printf %s. 'a${item.v}\nb')\nSTOP\n); show \"$w\"", "a{}\nb.", document=True),
    "$( ) in H, C": _p('w=$(cat <<STOP\n$(: # ${item.v}\nprintf x)\nSTOP\n); show "$w"', "x", document=True),
    "backticks in H, U": _p('w=$(cat <<STOP\n`printf %s. ${item.v}`\nSTOP\n); show "$w"', "{}.", document=True),
    "backticks in H, D": _p(
        'w=$(cat <<STOP\n`printf %s. "a${item.v}\nb"`\nSTOP\n); show "$w"', "a{}\nb.", document=True
    ),
    "backticks in H, S": _p(
        "w=$(cat <<STOP\n`printf %s. 'a${item.v}\nb'`\nSTOP\n); show \"$w\"", "a{}\nb.", document=True
    ),
    "Q": _p("w=$(cat <<'STOP'\na${item.v}b\nSTOP\n); show \"$w\"", "a{}b", document=True),
    "Q by a backslash": _p('w=$(cat <<\\STOP\na${item.v}b\nSTOP\n); show "$w"', "a{}b", document=True),
    "Q by double quotes": _p('w=$(cat <<"STOP"\na${item.v}b\nSTOP\n); show "$w"', "a{}b", document=True),
    "two documents": _p(
        "{ read -r w; cat <&3; } <<STOP 3<<'OTHER' >/dev/null\n${item.v}\nSTOP\n${item.v}\nOTHER\nshow x",
        "x",
        document=True,
    ),
    "here-string": _p('w=$(cat <<< ${item.v}; printf .); show "$w"', "{}\n.", bash=True),
    "P": _p("show ${UNSET_:-${item.v}}"),
    "P without colon": _p("show ${UNSET_-a${item.v}b}", "a{}b"),
    "P, assigned": _p('f() { : ${w_:=${item.v}}; show "$w_"; }; f'),
    "P, alternative": _p("Z=1; show ${Z:+${item.v}}"),
    "P, quoted inside": _p('show ${UNSET_:-"a${item.v}b"}', "a{}b"),
    "P, single quotes inside": _p("show ${UNSET_:-'a${item.v}b'}", "a{}b"),
    "P in P": _p("show ${UNSET_:-${UNSET__:-${item.v}}}"),
    "P not used": _p("Z=1; show ${Z:-${item.v}}", "1"),
    "C": _p("show x # ${item.v}", "x"),
    "C alone": _p("# ${item.v} it's $( ` \"\nshow x", "x"),
    "case": _p("case ${item.v} in ${item.v}) show yes;; *) show no;; esac", "yes"),
    "case, quoted": _p("case '${item.v}' in \"${item.v}\") show yes;; *) show no;; esac", "yes"),
    "case, in a list of patterns": _p("case q${item.v} in a|q${item.v}) show yes;; *) show no;; esac", "yes"),
    "case, never a pattern": _p("case @@ in ${item.v}) show yes;; *) show no;; esac", "no"),
    "case, its command": _p("case x in (x) show ${item.v};; esac"),
    "for": _p('for w in ${item.v}; do show "$w"; done'),
    "behind a case": _p("$(case x in x) : ;; esac); show ${item.v}"),
    "behind a comment": _p("# it's\nshow ${item.v}"),
    "behind a here-document": _p("cat >/dev/null <<'STOP'\n'\"`$(\nSTOP\nshow ${item.v}"),
    "behind $'…'": _p(": $'a\\tb'; show ${item.v}"),
    "behind arithmetic": _p(": $((1 << 2)); show ${item.v}"),
    "[[ ]], both sides": _p("if [[ ${item.v} == ${item.v} ]]; then show yes; else show no; fi", "yes", bash=True),
    "[[ ]], quoted": _p("if [[ '${item.v}' == \"${item.v}\" ]]; then show yes; fi", "yes", bash=True),
    "[[ ]], never a pattern": _p("if [[ @@ == ${item.v} ]]; then show yes; else show no; fi", "no", bash=True),
    "[[ ]], never a regex": _p(
        "if [[ qx =~ ${item.v} && -n ${item.v} ]]; then show yes; else show no; fi", "no", bash=True
    ),
    "[[ ]], order": _p("if [[ a${item.v} < b || ( x > ${item.v} ) ]]; then show yes; fi", "yes", bash=True),
    "<( )": _p('show "$(cat <(printf %s. ${item.v}))"', "{}.", bash=True),
    "<( ), D": _p('show "$(cat <(printf %s. "${item.v}"))"', "{}.", bash=True),
    ">( )": _p('show "$(printf x > >(cat >/dev/null; : ${item.v}); printf %s. ${item.v})"', "{}.", bash=True),
    "brace expansion": _p("show {a,${item.v}}", "a|{}", bash=True),
    "extended glob": _p("shopt -s extglob\ncase '${item.v}' in @(x|${item.v})) show yes;; esac", "yes", bash=True),
}
"""Each position of language 9.2 in which data arrives as itself."""

SECOND_SHELL: Final[Mapping[str, Position]] = {
    "eval, U": _p("eval show ${item.v:sh}"),
    "eval, D": _p('eval "show ${item.v:sh}"'),
    "eval, S": _p("eval 'show ${item.v:sh}'"),
    "eval of a variable": _p('w=${item.v:sh}; eval "show $w"'),
    "eval of $( )": _p('eval "show $(printf %s ${item.v:sh})"'),
    "sh -c, D": _p("sh -c \"printf '%s\\\\0\\\\001\\\\0' ${item.v:sh}\""),
    "sh -c, S": _p("sh -c 'printf \"%s\\0\\001\\0\" ${item.v:sh}'"),
    "bash -c, D": _p("bash -c \"printf '%s\\\\0\\\\001\\\\0' ${item.v:sh}\""),
    "xargs sh -c": _p("echo x | xargs sh -c \"printf '%s\\\\0\\\\001\\\\0' ${item.v:sh}\""),
    "trap": _p("(trap 'show ${item.v:sh}' EXIT)"),
    "H": _p("sh <<STOP\nprintf '%s\\\\0\\\\001\\\\0' ${item.v:sh}\nSTOP", document=True),
    "Q": _p("sh <<'STOP'\nprintf '%s\\0\\001\\0' ${item.v:sh}\nSTOP", document=True),
}
"""Positions in which a second shell reads the value, put in with `:sh`."""

SCRIPTS_OF_LONG_VALUES: Final = ("U", "D", "S", "H", "Q", "C")
"""Positions for values that no command line can hold."""


def rendered(text: str, value: object) -> str:
    """Returns the shell text with `value` as data in the place of `${item.v}`."""
    scope = Scope(roots={"item": item_value({"v": value}), "run": Value({"id": "ab"}, trusted=True)}, environment={})
    return render(parse_text(text, "shell"), scope)


def expected(position: Position, value: str) -> list[str]:
    """Returns what `show` writes when the value arrives as itself."""
    return [*(part.replace("{}", value) for part in position.shows.split("|")), END]


def run(shell: Shell, texts: list[str], folder: Path, *, locale: str = "C.UTF-8") -> list[str]:
    """Returns what one process of a real shell shows for all `texts`; anything on its standard error is a failure."""
    script = folder.with_name(f"{folder.name}.{shell}")
    script.write_bytes((PRELUDE + "\n".join(texts) + "\n").encode("utf-8", "surrogateescape"))
    done = subprocess.run(
        [shell, script],
        capture_output=True,
        check=False,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": locale},
    )
    assert done.stderr == b"", done.stderr[:2000]
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


def show(positions: Mapping[str, Position], value: str, shell: Shell, folder: Path) -> tuple[list[str], list[str]]:
    """Returns what a shell shows of a value in all positions that take it, and what it should show.

    Only here-documents may refuse a value, and only one that could end them; a NUL is refused everywhere.
    """
    texts: list[str] = []
    shown: list[str] = []
    for position in positions.values():
        if not position.runs_in(shell):
            continue
        try:
            texts.append(rendered(position.text, value))
        except InterpolationError as error:
            assert error.code == ("PT308" if "\0" in value else "PT307")
            assert "\0" in value or (position.document and "S" in value)
            continue
        shown += expected(position, value)
    folder.mkdir()
    return run(shell, texts, folder), shown
