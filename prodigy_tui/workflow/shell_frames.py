"""The states of the shell scanner (language 9.2) and what each of them remembers.

A frame is one level of nesting. `Commands` also follows words, because comments, `case`, `[[ ]]`, assignments and
commands that read their arguments again as code are only known from the words before.
"""

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

_OPENS_COMMAND: Final = frozenset({"if", "then", "else", "elif", "while", "until", "do", "{", "!", "time"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=", re.DOTALL)
_DECLARATIONS: Final = frozenset({"declare", "typeset", "local", "export", "readonly"})
_SUBSCRIPT_READERS: Final = _DECLARATIONS | {"unset", "read", "printf", "test", "[", "mapfile", "readarray", "let"}
_NAMING: Final = _DECLARATIONS | {"unset", "read", "mapfile", "readarray", "getopts"}
_SHELLS: Final = frozenset({"sh", "bash", "dash", "ksh", "zsh", "su"})
_CODE_READERS: Final = frozenset({"eval", "ssh", "trap"})
_WRAPPERS: Final = frozenset({"sudo", "env", "command", "exec", "nohup", "time", "builtin"})
_CODE_OPTION = re.compile(r"-[a-z]*c")
_INTEGER_OPTION = re.compile(r"-[A-Za-z]*i[A-Za-z]*")
_ARITHMETIC_TEST = re.compile(r"(?:^|\s)-(?:eq|ne|lt|le|gt|ge|v)\s")
_CLAUSE_END = re.compile(r"&&|\|\||\]\]|\n")


@dataclass(slots=True, kw_only=True)
class HereDocument:
    """A here-document whose body has not begun yet."""

    delimiter: str
    strip_tabs: bool
    quoted: bool
    nested: bool
    """Inside parentheses, where bash ends it more readily."""


@dataclass(slots=True, kw_only=True)
class Commands:
    """State U: commands, up to the end of the text or to `)`."""

    nested: bool = False
    """Ends at `)`."""
    own_parser: bool = True
    """Not a mere group: here-documents that begin inside must end inside."""
    pending: list[HereDocument] = field(default_factory=list)
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
    words: list[str] = field(default_factory=list)
    """The finished words of the current command, assignments and redirections left out."""
    name: str = ""
    """The command behind wrappers such as `sudo`, without its folder."""
    names_shell: bool = False
    declares_integer: bool = False
    at_command: bool = True
    """The next word is the name of a command, a keyword or an assignment."""
    redirects: bool = False
    """The next word is the target of a redirection."""
    cases: list[str] = field(default_factory=list)
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
        elif self.at_command:
            self._command_word(raw, position)
        else:
            self._add(raw)

    def end_command(self) -> None:
        self.words.clear()
        self.name = ""
        self.names_shell = self.declares_integer = False
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

    def reads_subscripts(self) -> bool:
        return self.array or bool(self.words and self.words[0] in _SUBSCRIPT_READERS)

    def is_arithmetic(self, text: str, position: int) -> bool:
        """Tells whether the shell evaluates the word at `position` as arithmetic, quoted or not."""
        if self.double_bracket:
            if position >= self.clause_end:
                end = _CLAUSE_END.search(text, position)
                self.clause_end = end.start() if end else len(text)
                self.clause_is_arithmetic = _ARITHMETIC_TEST.search(text, self.clause, self.clause_end) is not None
            return self.clause_is_arithmetic
        if not self.words or self.redirects:
            return False
        return self.words[0] == "let" or (self.declares_integer and self.words[0] in _DECLARATIONS)

    def names_variable(self, text: str, position: int) -> bool:
        """Tells whether the word at `position` names a variable, which bash evaluates as arithmetic inside `[ ]`."""
        if not self.words or self.redirects or "=" in text[self.word : position]:
            return False
        previous = self.words[-1]
        if self.words[0] in ("printf", "test", "["):
            return previous == "-v"
        return self.words[0] in _NAMING and not previous.startswith("-")

    def feeds_second_shell(self) -> bool:
        """Tells whether the current word will be read as code once more."""
        if self.redirects or not self.words:
            return False
        return self.name in _CODE_READERS or (self.names_shell and _CODE_OPTION.fullmatch(self.words[-1]) is not None)

    def _add(self, raw: str) -> None:
        self.words.append(raw)
        base = raw.rsplit("/", 1)[-1]
        if not self.name and base not in _WRAPPERS:
            self.name = base
        self.names_shell = self.names_shell or base in _SHELLS
        self.declares_integer = self.declares_integer or _INTEGER_OPTION.fullmatch(raw) is not None

    def _case_word(self, raw: str) -> None:
        if self.cases[-1] == "subject":
            self.cases[-1] = "in"
        elif self.cases[-1] == "in" and raw == "in":
            self.cases[-1] = "pattern"
        elif raw == "esac":
            self.cases.pop()
            self.at_command = False

    def _command_word(self, raw: str, position: int) -> None:
        if _ASSIGNMENT.match(raw) or raw in _OPENS_COMMAND:
            return
        self.at_command = False
        if raw == "case":
            self.cases.append("subject")
        elif raw == "esac" and self.cases:
            self.cases.pop()
        elif raw == "[[":
            self.double_bracket = True
            self.clause = position
        else:
            self._add(raw)


@dataclass(slots=True, kw_only=True)
class Double:
    """State D: inside double quotes."""

    refuses: bool = False
    """Data is not possible here, because shells disagree on what the quotes mean."""


@dataclass(slots=True, kw_only=True)
class Single:
    """State S: inside single quotes."""

    refuses: bool = False


@dataclass(slots=True, kw_only=True)
class AnsiQuote:
    """Inside `$'…'`."""


@dataclass(slots=True, kw_only=True)
class Parameter:
    """State P: `${NAME…}` left for the shell, from behind the name."""

    quoted: bool
    """Inside double quotes, a here-document or arithmetic."""
    part: str = "name"
    """`name`, then `word`, `pattern` or `number`."""
    single_quotes: int = 0


@dataclass(slots=True, kw_only=True)
class Arithmetic:
    """State A: `$(( ))`, `(( ))`, `$[ ]` or an array index."""

    end: int
    """Where the closing text stands."""
    close: str


@dataclass(slots=True, kw_only=True)
class Body:
    """State H: the body of a here-document whose delimiter is not quoted."""

    document: HereDocument
    start: int
    end: int
    after: int
    queue: list[HereDocument]
    outer_limit: int


Frame: TypeAlias = Commands | Double | Single | AnsiQuote | Parameter | Arithmetic | Body
