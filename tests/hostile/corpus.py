"""Nasty values by name: what an item, an agent or a repository could hold to become more than data.

One mapping for every place that data goes through: shell text, branches, files, JSON, YAML, screens.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DELIMITER: Final = "STOP"
"""The delimiter of here-documents in the tests; some values are made to end one."""

MEGABYTE: Final = 1024 * 1024

_QUOTES: Final = {
    "single quote": "it's",
    "single quotes": "''' '' '",
    "double quotes": '"a" "" "',
    "mixed quotes": """'"'"' "'"'" \\'\\" """,
    "closed quote and command": "'; echo PWNED; '",
    "closed double quote and command": '"; echo PWNED; "',
    "backslashes": "\\ \\\\ \\\\\\ \\n \\0 \\x41 \\u0041",
    "backslash at the end": "C:\\dir\\",
    "backslash before a newline": "a\\\nb\\\\\nc",
    "typographic quotes": "‘a’ “b” «c» ＇d＇ ＂e＂",
}

_SPACE: Final = {
    "empty": "",
    "space": " ",
    "spaces around": "  a  b  ",
    "tab": "\ta\tb\t",
    "newline": "\n",
    "lines": "one\ntwo\n\n  three",
    "newlines at both ends": "\n\na\n\n",
    "lines that begin with tabs": "a\n\tb\n\t\tc",
    "carriage return": "safe\rhidden",
    "carriage return and newline": "a\r\nb\r\n",
    "vertical tab and form feed": "a\vb\fc",
    "unicode spaces": "a\u00a0b\u2003c\u3000d\u1680e",
    "unicode line ends": "a\u0085b\u2028c\u2029d",
}

_SHELL: Final = {
    "command substitution": "$(echo PWNED)",
    "backticks": "`echo PWNED`",
    "arithmetic": "$((1+1)) $[1+1]",
    "subscript with a command": "a[$(echo PWNED)]",
    "variables": "$HOME ${HOME} $1 $@ $$ $? $! $#",
    "expansion with default": "${x:-$(echo PWNED)}",
    "indirect expansion": "${!HOME} ${x@P} ${x//a/b}",
    "reference": "${item.v} ${HOME} ${x} $${x} \\${x}",
    "lone dollar": "$",
    "lone backtick": "`",
    "semicolon": "a; echo PWNED",
    "and": "a && echo PWNED",
    "or": "a || echo PWNED",
    "pipe": "a | echo PWNED |& cat",
    "background": "a & echo PWNED &",
    "redirections": "> /dev/null < /dev/null >> x 2>&1 <<EOF <<<x",
    "process substitution": "<(echo PWNED) >(cat)",
    "parentheses": "(echo PWNED) ) ((1)) ))",
    "braces": "{ echo PWNED; } {a,b} {1..3} } {",
    "brackets": "[ a ] ] [[ b ]] ]]",
    "case signs": ";; ;& ) esac",
    "keywords": "if then else fi do done while case esac function time ! {",
    "comment": "# a #b",
    "only a comment sign": "#",
    "history": "!! !$ !1 !echo ^a^b",
    "tilde": "~",
    "tilde of a user": "~root/x:~",
    "globs": "* ? [a-z] [!a] **/* @(a|b) !(x) +(y)",
    "only a star": "*",
    "assignment": "PATH=/tmp IFS=x",
    "ansi quoting": "$'\\x41' $\"a\"",
    "percent": "%s %d %n %% %1$s %(x)s",
    "option": "-rf",
    "long option": "--exec=sh",
    "two dashes": "--",
    "one dash": "-",
    "plus option": "+x",
    "at file": "@/etc/passwd",
}

_HERE_DOCUMENTS: Final = {
    "delimiter": DELIMITER,
    "delimiter on a line": f"a\n{DELIMITER}\necho PWNED",
    "delimiter at the end": f"a\n{DELIMITER}",
    "delimiter with a tab": f"\t{DELIMITER}\n\t{DELIMITER}",
    "delimiter with a space": f"{DELIMITER} \n {DELIMITER}",
    "beginning of the delimiter": f"{DELIMITER[:2]}é",
    "delimiter by joined lines": f"{DELIMITER[:2]}\\\n{DELIMITER[2:]}",
    "delimiter and parenthesis": f"{DELIMITER})\n{DELIMITER} )",
}

_CONTROL: Final = {
    "nul": "a\0b",
    "bell": "\a",
    "backspaces": "secret\b\b\b\b\b\bpublic",
    "clear the screen": "\x1b[2J\x1b[H",
    "colour": "\x1b[31mred\x1b[0m",
    "window title": "\x1b]0;title\x07",
    "hyperlink": "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "device control": "\x1bPq#0;2;0;0;0\x1b\\",
    "terminal query": "\x1b[6n\x1b[c\x1b[>q",
    "alternate screen": "\x1b[?1049h\x1b[?25l",
    "half a sequence": "\x1b[",
    "one byte control sequence": "\x9b2J \x9d0;title\x9c \x90q\x9c",
    "all low controls": "".join(chr(code) for code in range(1, 32)),
    "delete": "a\x7fb",
    "high controls": "".join(chr(code) for code in range(0x80, 0xA0)),
}

_UNICODE: Final = {
    "accents": "é e\u0301 ñ ß İ ı",
    "wide": "日本語 ｆｕｌｌ 한국어",
    "emoji": "🎉 👩‍👩‍👧 🇩🇪 👍🏽",
    "right to left": "\u05d0\u05d1 \u0627\u0644",
    "right to left override": "\u202egpj.exe",
    "isolates": "\u2066a\u2067b\u2068c\u2069",
    "direction marks": "a\u200eb\u200fc\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff",
    "byte order mark": "\ufeffa",
    "soft hyphen": "a\u00adb",
    "combining marks": "Z\u0351\u036b\u0343\u036a\u0302\u036b a" + "\u0301" * 50,
    "look-alikes": "раураl ⅰtem а\u2215b\u2044c ․․/ $\uff08echo\uff09 \uff1b \uff5c",
    "tags": "a\U000e0041\U000e007f",
    "private use": "\ue000 \U0010ffff",
    "not characters": "\ufffe\uffff\U0001fffe",
    "replacement character": "\ufffd",
    "variation selectors": "a\ufe0f\U000e0100",
    "bytes that are no text": "a\udcffb\udc80\udce9",
}

_PATHS: Final = {
    "parent folders": "../../etc/passwd",
    "parent folder": "..",
    "this folder": ".",
    "root": "/",
    "absolute path": "/etc/passwd",
    "git folder": ".git/config",
    "git folder in capitals": ".GIT/config",
    "git folder with a mark": ".g\u200cit/config",
    "git short name": "git~1/config",
    "hidden file": ".bashrc",
    "lock": "a.lock",
    "two dots": "a..b",
    "dot at the end": "a.",
    "dot at the start": ".a",
    "slashes": "a//b/",
    "windows path": "C:\\Windows\\..\\x",
    "device": "/dev/stdin",
    "reserved name": "CON",
    "refspec": "+refs/heads/*:refs/heads/*",
    "revision": "HEAD^{commit}~1@{-1}:x",
    "head": "HEAD",
    "full ref": "refs/heads/main",
    "git signs": "a~b^c:d?e*f[g\\h",
    "trailing at": "@",
    "reflog": "@{1}",
    "url": "https://user:pass@example.org/?a=1&b=2#c",
}

_FORMATS: Final = {
    "template": "{{ 7 * 7 }} {% raw %} {# x #}",
    "format field": "{0} {x!r:>10} %(a)s",
    "json object": '{"a": [1, null, true], "b": "\\u0000"}',
    "json array": "[1, 2",
    "json closed": '"}], "x": [{"',
    "yaml tag": "!!python/object/apply:os.system ['echo PWNED']",
    "yaml mapping": "a: b\n- c\n? d",
    "yaml document": "---\na\n...\n%YAML 1.1",
    "yaml anchor": "&a *a <<: *a",
    "yaml words": "yes",
    "yaml null": "~",
    "number with leading zeros": "007",
    "hexadecimal": "0x10",
    "octal": "08",
    "huge number": "9" * 400,
    "exponent": "1e999",
    "not a number": "NaN",
    "negative number": "-1",
    "true": "true",
    "markup": "[bold red]x[/] [link=file:///etc/passwd]y[/link]",
    "closing markup": "[/]",
    "markup action": "[@click=app.quit]z[/]",
    "escaped markup": "\\[bold] \\\\[b]",
    "markdown": "# a\n```sh\necho\n``` [x](javascript:alert(1)) <!-- -->",
    "html": "<script>alert(1)</script> &lt; &#0; <![CDATA[",
    "sql": "'; DROP TABLE runs; --",
    "csv formula": '=cmd|"/c calc"!A1,"a""b"',
    "slash command": "/clear\n/exit",
    "token": "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "regex": "^(a+)+$ (?i)x[",
    "xpath": "'] | //* | a['",
}

_LONG: Final = {
    "long word": "w" * 5_000,
    "long file name": "n" * 300,
    "long line of quotes": "'\"\\`$" * 2_000,
    "many lines": "line\n" * 5_000,
    "megabyte": ("0123456789abcde'" * (MEGABYTE // 16))[:MEGABYTE],
    "deep brackets": "[" * 2_000 + "]" * 2_000,
    "long path": "d/" * 1_000 + "f",
}

GROUPS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "quotes": _QUOTES,
        "space": _SPACE,
        "shell": _SHELL,
        "here-documents": _HERE_DOCUMENTS,
        "control": _CONTROL,
        "unicode": _UNICODE,
        "paths": _PATHS,
        "formats": _FORMATS,
        "long": _LONG,
    }
)
"""The values by what they attack."""

CORPUS: Final[Mapping[str, str]] = MappingProxyType(
    {name: value for group in GROUPS.values() for name, value in group.items()}
)
"""Every value by its name."""

SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {name: value for name, value in CORPUS.items() if len(value) < 10_000}
)
"""The values that fit on a command line and a screen."""

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        name: value
        for name, value in CORPUS.items()
        if value.isascii() or value.encode("utf-8", "replace").decode() == value
    }
)
"""The values that are valid Unicode, as JSON and YAML need it."""
