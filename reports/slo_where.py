"""The two little languages of an objective: ``where`` picks events, ``while`` picks seconds.

    where   = term, { "or", term } ;              term = factor, { "and", factor } ;
    factor  = [ "not" ], ( flag | measure, op, number, [ "us" | "ms" | "s" ] | "(", where, ")" ) ;
    while   = "offered", op, ( number, "/s" | [ number ], "capacity" ) ;
    op      = "<=" | "<" | ">=" | ">" ;

Flags are the outcomes, ``refused`` (hard or soft), the reasons of a refusal or failure, and for whole wishes
``correct``, ``coupon_due``, ``coupon_ok`` and ``admitted`` (not turned away at the first step). A duration without
unit is in ms. Text in, a tree out; ``evaluate`` folds the tree over whatever boolean arrays the caller looks up for
the leaves.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reports.run_record.outcome import Outcome, Reason
from reports.slo_fields import SloError, nearest, shown

OUTCOME_FLAGS = frozenset(outcome.value for outcome in Outcome) | {"refused"}
REASON_FLAGS = frozenset(reason.value for reason in Reason if reason)
ORDER_FLAGS = frozenset({"correct", "coupon_due", "coupon_ok", "admitted"})
ORDER_MEASURES = frozenset({"intent_ms", "attempts", "prompts"})
STEP_MEASURES = frozenset({"response_ms", "service_ms", "step_ms", "first_event_ms", "first_content_ms", "tpot_ms"})
MEASURES = ORDER_MEASURES | STEP_MEASURES
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|<|>|\(|\)|/s\b))")


@dataclass(frozen=True, slots=True)
class Flag:
    """A yes or no of one event."""

    name: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure of one event against a limit, in ms for durations and a plain count otherwise."""

    measure: str
    op: str
    limit: float


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is false."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """True where both are."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Or:
    """True where either is."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Everything:
    """The empty ``where``."""


Expression = Flag | Comparison | Not | And | Or | Everything


@dataclass(frozen=True, slots=True)
class OfferedLoad:
    """Seconds in which every offered rate compares so; with ``of_capacity`` the limit counts in declared capacities."""

    op: str
    limit: float
    of_capacity: bool
    source: str


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def _tokens(text: str, path: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            rest = text[at:].lstrip()
            raise SloError(
                f"{path}: cannot read {shown(rest[:20])} at column {text.index(rest, at) + 1} of {shown(text)}"
            )
        yield _Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1)
        at = match.end()


class _Parser:
    """Recursive descent, one method a rule of the grammar."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.tokens = list(_tokens(text, path))
        self.at = 0

    def fail(self, wanted: str) -> SloError:
        if self.at >= len(self.tokens):
            return SloError(f"{self.path}: {shown(self.text)} ends where {wanted} is expected")
        token = self.tokens[self.at]
        return SloError(
            f"{self.path}: {wanted} expected at column {token.column} of {shown(self.text)}, got {token.text}"
        )

    def peek(self, *texts: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text in texts

    def take(self, wanted: str, *, kind: str | None = None, texts: tuple[str, ...] = ()) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or (kind and token.kind != kind) or (texts and token.text not in texts):
            raise self.fail(wanted)
        self.at += 1
        return token.text

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.fail("`and`, `or` or the end")

    def where(self) -> Expression:
        tree = self.term()
        while self.peek("or"):
            self.at += 1
            tree = Or(tree, self.term())
        return tree

    def term(self) -> Expression:
        tree = self.factor()
        while self.peek("and"):
            self.at += 1
            tree = And(tree, self.factor())
        return tree

    def factor(self) -> Expression:
        if self.peek("not"):
            self.at += 1
            return Not(self.factor())
        if self.peek("("):
            self.at += 1
            tree = self.where()
            self.take("`)`", texts=(")",))
            return tree
        column = self.tokens[self.at].column if self.at < len(self.tokens) else 0
        word = self.take("a flag, a measure, `not` or `(`", kind="word")
        if word in MEASURES:
            return Comparison(word, self.take("<=, <, >= or >", texts=tuple(OPERATORS)), self.limit(word))
        if word in OUTCOME_FLAGS | REASON_FLAGS | ORDER_FLAGS:
            return Flag(word)
        raise self.unknown(word, column)

    def limit(self, measure: str) -> float:
        value = float(self.take("a number", kind="number"))
        if not measure.endswith("_ms"):
            return value
        return value * _UNITS_MS[self.take("a unit", texts=tuple(_UNITS_MS))] if self.peek(*_UNITS_MS) else value

    def unknown(self, word: str, column: int) -> SloError:
        if word == "late":
            return SloError(f"{self.path}: write what late means, as in `intent_ms > 8000`, instead of `late`")
        near = nearest(word, OUTCOME_FLAGS | REASON_FLAGS | ORDER_FLAGS | MEASURES)
        hint = f"; did you mean {near}?" if near else f"; flags are {', '.join(sorted(OUTCOME_FLAGS | ORDER_FLAGS))}"
        return SloError(f"{self.path}: unknown flag or measure {word} at column {column} of {shown(self.text)}{hint}")


def parse_where(text: str, path: str) -> Expression:
    """The tree of a ``where`` text; blank means everything. Raises SloError with the column."""
    if not text.strip():
        return Everything()
    parser = _Parser(text, path)
    tree = parser.where()
    parser.end()
    return tree


def parse_while(text: str, path: str) -> OfferedLoad:
    """The condition of a ``while`` text. Raises SloError with the column."""
    parser = _Parser(text, path)
    parser.take("`offered`", texts=("offered",))
    op = parser.take("<=, <, >= or >", texts=tuple(OPERATORS))
    number = None if parser.peek("capacity") else float(parser.take("a number or `capacity`", kind="number"))
    unit = parser.take("`/s` or `capacity`", texts=("/s", "capacity"))
    parser.end()
    return OfferedLoad(op, 1.0 if number is None else number, unit == "capacity", text.strip())


def leaves(tree: Expression) -> list[Flag | Comparison]:
    """The flags and comparisons of a tree, left to right."""
    match tree:
        case Flag() | Comparison():
            return [tree]
        case Not(part):
            return leaves(part)
        case And(left, right) | Or(left, right):
            return leaves(left) + leaves(right)
        case Everything():
            return []


def evaluate(tree: Expression, leaf: Callable[[Flag | Comparison], Any], everything: Any) -> Any:
    """Fold the tree over boolean arrays: ``leaf`` gives one for each leaf, ``everything`` is the all-true array."""
    match tree:
        case Flag() | Comparison():
            return leaf(tree)
        case Not(part):
            return ~evaluate(part, leaf, everything)
        case And(left, right):
            return evaluate(left, leaf, everything) & evaluate(right, leaf, everything)
        case Or(left, right):
            return evaluate(left, leaf, everything) | evaluate(right, leaf, everything)
        case Everything():
            return everything


def written(tree: Expression) -> str:
    """The tree as a text that reads back to it; empty for everything."""
    match tree:
        case Flag(name):
            return name
        case Comparison(measure, op, limit):
            return f"{measure} {op} {limit:g}"
        case Not(part):
            return f"not ({written(part)})" if isinstance(part, Or | And) else f"not {written(part)}"
        case And(left, right):
            return " and ".join(f"({written(one)})" if isinstance(one, Or) else written(one) for one in (left, right))
        case Or(left, right):
            return f"{written(left)} or {written(right)}"
        case Everything():
            return ""
