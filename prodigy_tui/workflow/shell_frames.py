"""The states of the shell scanner (language 9.2) and what each of them remembers.

A frame is one level of nesting. `Commands` also follows words, because comments, `case`, `[[ ]]`, assignments and
commands that read their arguments again as code are only known from the words before.
"""

import re
from typing import Final, TypeAlias

import msgspec

_KEYWORDS: Final = frozenset(
    ["if", "then", "else", "elif", "while", "until", "do", "{", "!", "time", "}", "fi", "done", "function", "coproc"]
)
"""Words behind which a command begins; behind the end of a compound command bash takes a keyword without `;`."""
_COMPOUND: Final = frozenset({"{", "[[", "if", "while", "until", "for", "case", "select"})
_TIME_OPTIONS: Final = frozenset({"-p", "--"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=", re.DOTALL)
_DECLARATIONS: Final = frozenset({"declare", "typeset", "local", "export", "readonly"})
_SUBSCRIPT_READERS: Final = _DECLARATIONS | {"unset", "read", "printf", "test", "[", "mapfile", "readarray", "let"}
_NAMING: Final = _DECLARATIONS | {"unset", "read", "mapfile", "readarray", "getopts", "wait"}
_VALUE_OPTION: Final = {
    "read": re.compile(r"-[a-z]*[dinNptu]"),
    "mapfile": re.compile(r"-[a-z]*[dnOsuCc]"),
    "readarray": re.compile(r"-[a-z]*[dnOsuCc]"),
}
"""Options whose argument is no name of a variable."""
_SHELLS: Final = frozenset({"sh", "bash", "dash", "ksh", "zsh", "su"})
_CODE_READERS: Final = frozenset({"eval", "ssh", "trap"})
_WRAPPERS: Final = frozenset(
    ["sudo", "doas", "env", "command", "exec", "nohup", "time", "builtin", "nice", "timeout", "setsid", "xargs"]
)
_WRAPPED_ARGUMENT = re.compile(r"-.*|[A-Za-z_][A-Za-z0-9_]*=.*|[0-9.]+[smhd]?", re.DOTALL)
_WRAPPER_VALUE_OPTION = re.compile(r"-[ugCId]")
_CODE_OPTION = re.compile(r"-[a-z]*c")
_INTEGER_OPTION = re.compile(r"-[A-Za-z]*i[A-Za-z]*")
_REFERENCE_OPTION = re.compile(r"-[A-Za-z]*n[A-Za-z]*")
_ARITHMETIC_TEST = re.compile(r"(?:^|\s)-(?:eq|ne|lt|le|gt|ge|v|R)\s")
_CLAUSE_END = re.compile(r"&&|\|\||\]\]")
_QUOTING = re.compile(r"\\\n|['\"\\]")
_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=")


class HereDocument(msgspec.Struct, kw_only=True):
    """A here-document whose body has not begun yet."""

    delimiter: str
    strip_tabs: bool
    quoted: bool
    nested: bool
    """Inside parentheses, where bash ends it more readily."""


class Commands(msgspec.Struct, kw_only=True):
    """State U: commands, up to the end of the text or to `)`."""

    nested: bool = False
    """Ends at `)`."""
    own_parser: bool = True
    """Not a mere group: here-documents that begin inside must end inside."""
    pending: list[HereDocument] = msgspec.field(default_factory=list)
    array: bool = False
    """The elements of `NAME=( … )`."""
    continues_word: bool = False
    """The word around the parentheses goes on behind them."""
    double_bracket: bool = False
    clause: int = 0
    """Where the current clause of `[[ ]]` begins."""
    clause_end: int = 0
    """How far `clause_is_arithmetic` is known to hold."""
    clause_is_arithmetic: bool = False
    word: int | None = None
    """Where the current word began."""
    words: list[str] = msgspec.field(default_factory=list)
    """The finished words of the current command without their quoting; assignments and redirections are left out."""
    name: str = ""
    """The command behind wrappers such as `sudo`, without its folder."""
    names_shell: bool = False
    declares_integer: bool = False
    declares_reference: bool = False
    keyword: str = ""
    """The keyword before the current command."""
    at_command: bool = True
    """The next word is the name of a command, a keyword or an assignment."""
    redirects: bool = False
    """The next word is the target of a redirection."""
    cases: list[str] = msgspec.field(default_factory=list)
    """The open `case` commands: `subject`, `in`, `pattern`, `body`."""

    def begin_word(self, position: int) -> None:
        if self.word is None:
            self.word = position

    def end_word(self, text: str, position: int) -> None:
        """Takes the word that ends before `position` into account."""
        if self.word is None:
            return
        raw = text[self.word : position]
        self.word = None
        if self.redirects:
            self.redirects = False
        elif self.cases and self.cases[-1] in ("subject", "in", "pattern"):
            self._case_word(raw)
        elif self.double_bracket:
            if raw == "]]":
                self.double_bracket = False
                self.end_command()
        elif self.at_command:
            self._command_word(raw, position)
        elif raw in _COMPOUND and self.names_coprocess():
            self.end_command()
            self._command_word(raw, position)
        else:
            self._add(raw)

    def end_command(self) -> None:
        self.words.clear()
        self.name = self.keyword = ""
        self.names_shell = self.declares_integer = self.declares_reference = False
        self.at_command = True
        self.redirects = False

    def end_branch(self) -> None:
        """`;;` and its kin: the next word of an open `case` is a pattern."""
        if self.cases and self.cases[-1] == "body":
            self.cases[-1] = "pattern"

    @property
    def in_pattern(self) -> bool:
        return bool(self.cases) and self.cases[-1] == "pattern"

    def begin_body(self) -> None:
        self.cases[-1] = "body"
        self.end_command()

    def names_coprocess(self) -> bool:
        """Tells whether the last word may be the name in `coproc NAME`, behind which a compound command begins."""
        return self.keyword == "coproc" and len(self.words) == 1

    def reads_subscripts(self) -> bool:
        return self.array or self.name in _SUBSCRIPT_READERS

    def is_arithmetic(self, text: str, position: int, integers: frozenset[str]) -> bool:
        """Tells whether the shell evaluates the word at `position` as arithmetic, quoted or not."""
        if self.double_bracket:
            if position >= self.clause_end:
                end = _CLAUSE_END.search(text, position)
                self.clause_end = end.start() if end else len(text)
                self.clause_is_arithmetic = _ARITHMETIC_TEST.search(text, self.clause, self.clause_end) is not None
            return self.clause_is_arithmetic
        if self.redirects:
            return False
        if integers and self.word is not None and (assigned := _ASSIGNED.match(text, self.word, position)):
            return assigned[1] in integers
        return self.name == "let" or (self.declares_integer and self.name in _DECLARATIONS)

    def names_variable(self, text: str, position: int) -> bool:
        """Tells whether the word at `position` names a variable, which bash evaluates as arithmetic inside `[ ]`."""
        if not self.words or self.redirects:
            return False
        if "=" in text[self.word : position]:
            return self.declares_reference and self.name in _DECLARATIONS
        previous = self.words[-1]
        if self.name in ("printf", "test", "["):
            return previous in ("-v", "-R")
        takes_value = _VALUE_OPTION.get(self.name)
        return self.name in _NAMING and not (takes_value and takes_value.fullmatch(previous))

    def feeds_second_shell(self) -> bool:
        """Tells whether the current word will be read as code once more."""
        if self.redirects or not self.words:
            return False
        return self.name in _CODE_READERS or (self.names_shell and _CODE_OPTION.fullmatch(self.words[-1]) is not None)

    def _add(self, raw: str) -> None:
        word = _QUOTING.sub("", raw)
        base = word.rsplit("/", 1)[-1]
        # An expansion may come to nothing, and then the next word is the command.
        may_vanish = word.startswith(("$", "`", "\0"))
        if not self.name and base not in _WRAPPERS and not may_vanish and not self._belongs_to_wrapper(word):
            self.name = base
        self.words.append(word)
        self.names_shell = self.names_shell or base in _SHELLS
        self.declares_integer = self.declares_integer or _INTEGER_OPTION.fullmatch(word) is not None
        self.declares_reference = self.declares_reference or _REFERENCE_OPTION.fullmatch(word) is not None

    def _belongs_to_wrapper(self, word: str) -> bool:
        """Tells whether a word before the wrapped command is an option, its value, or a variable for it."""
        if not self.words:
            return False
        return bool(_WRAPPED_ARGUMENT.fullmatch(word) or _WRAPPER_VALUE_OPTION.fullmatch(self.words[-1]))

    def _case_word(self, raw: str) -> None:
        if self.cases[-1] == "subject":
            self.cases[-1] = "in"
        elif self.cases[-1] == "in" and raw == "in":
            self.cases[-1] = "pattern"
        elif raw == "esac":
            self.cases.pop()
            self.end_command()

    def _command_word(self, raw: str, position: int) -> None:
        if _ASSIGNMENT.match(raw):
            return
        if self.keyword == "function":
            self.keyword = ""
            return
        if raw in _KEYWORDS or (self.keyword == "time" and raw in _TIME_OPTIONS):
            self.keyword = raw if raw not in _TIME_OPTIONS else self.keyword
            return
        self.at_command = False
        if raw == "case":
            self.cases.append("subject")
        elif raw == "esac" and self.cases:
            self.cases.pop()
            self.end_command()
        elif raw == "[[":
            self.double_bracket = True
            self.clause = position
        else:
            self._add(raw)


class Double(msgspec.Struct, kw_only=True):
    """State D: inside double quotes."""

    refuses: bool = False
    """Data is not possible here, because shells disagree on what the quotes mean."""


class Single(msgspec.Struct, kw_only=True):
    """State S: inside single quotes."""

    refuses: bool = False


class AnsiQuote(msgspec.Struct, kw_only=True):
    """Inside `$'…'`."""


class Parameter(msgspec.Struct, kw_only=True):
    """State P: `${NAME…}` left for the shell, from behind the name."""

    quoted: bool
    """Inside double quotes, a here-document or arithmetic."""
    part: str = "name"
    """`name`, then `word`, `pattern` or `number`."""
    single_quotes: int = 0


class Arithmetic(msgspec.Struct, kw_only=True):
    """State A: `$(( ))`, `(( ))`, `$[ ]` or an array index."""

    end: int
    """Where the closing text stands."""
    close: str
    is_command: bool = False
    """A command of its own, behind which a keyword may follow."""


class Body(msgspec.Struct, kw_only=True):
    """State H: the body of a here-document whose delimiter is not quoted."""

    document: HereDocument
    start: int
    end: int
    after: int
    queue: list[HereDocument]
    outer_limit: int


Frame: TypeAlias = Commands | Double | Single | AnsiQuote | Parameter | Arithmetic | Body
