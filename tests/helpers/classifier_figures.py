"""How well the chat verdict finds refusals and leaves other answers alone: counts by group, with one-sided Clopper-Pearson bounds.

A text goes as wire bytes through the decoder and the whole classifier. **Crowd**: eight shoppers with different baskets read it, in their
own words, and the eighth shopper's verdict counts. **Once**: one shopper reads it, so that words alone can tell. **Talk**: the same
where the assistant is offered no tool, so that nothing is missing.
"""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from scipy import stats

from locustfiles.protocols.checkout import BasketItem
from locustfiles.recording.classify import classify_chat, classify_talk
from locustfiles.recording.soft_refusal import TemplateBook
from reports.run_record.outcome import Outcome
from tests.helpers.chat_answers import CALLED, DONE, ROLE, STOP, chunk, exchange, reply
from tests.helpers.labelled_texts import LabelledText, filled, labelled_texts
from tests.helpers.normal_answers import FILLINGS, normal_answers

BASELINE_SEED, JUDGED_SEED = 1, 2
BASELINE, JUDGED = 4_000, 6_000
CROWD = 8
_CONFIDENCE = 0.95
_TURNED_AWAY = frozenset({Outcome.REFUSED_SOFT, Outcome.REFUSED_HARD, Outcome.QUEUED})
_NAMES = {f"sku-{number}": FILLINGS["item"] for number in range(CROWD)}
Judge = Callable[[LabelledText], bool]


@dataclass(frozen=True)
class Figure:
    """So many of a group were told to be refusals."""

    group: str
    way: str
    hits: int
    n: int

    @property
    def share(self) -> float:
        """Hits of n."""
        return self.hits / self.n

    @property
    def at_least(self) -> float:
        """The lower one-sided 95 % bound of the true share (Clopper, Pearson 1934)."""
        return float(stats.beta.ppf(1 - _CONFIDENCE, self.hits, self.n - self.hits + 1)) if self.hits else 0.0

    @property
    def at_most(self) -> float:
        """The upper one-sided 95 % bound of the true share."""
        return float(stats.beta.ppf(_CONFIDENCE, self.hits + 1, self.n - self.hits)) if self.hits < self.n else 1.0


class Panel:
    """Shoppers who read texts and have them judged; the book knows 4,000 normal replies that came with a tool call."""

    def __init__(self) -> None:
        """Start with that baseline."""
        self.book = deepcopy(_primed_book())
        self._seconds = count(step=0.5)

    def ask(self, text: str, shopper: int, *, called: bool = False, talk: bool = False) -> bool:
        """Whether this shopper is told to have been turned away."""
        wished = (BasketItem(f"sku-{shopper % CROWD}", 1 + shopper // CROWD),)
        judge = classify_talk if talk else classify_chat
        told = reply(_wire(text, wished if called else ()))
        verdict = judge(
            exchange(), told, wished=wished, book=self.book, shopper=f"s{shopper}", at_s=next(self._seconds)
        )
        return verdict.outcome in _TURNED_AWAY

    def crowd(self, text: LabelledText, *, called: bool = False) -> bool:
        """Whether the eighth of eight shoppers is told to have been turned away."""
        return [self.ask(filled(text.text, shopper), shopper, called=called) for shopper in range(CROWD)][-1]


@lru_cache
def _primed_book() -> TemplateBook:
    book = TemplateBook(names=_NAMES)
    for number, (_, text) in enumerate(normal_answers(BASELINE_SEED, BASELINE)):
        book.learn(text, basket=frozenset({(f"sku-{number % CROWD}", 1 + number // CROWD)}))
    return book


def _wire(text: str, items: Iterable[BasketItem]) -> bytes:
    content = chunk(json.dumps({"content": text}))
    basket = [{"sku": item.sku, "quantity": item.quantity} for item in items]
    if not basket:
        return ROLE + content + STOP + DONE
    call = {"name": "create_checkout", "arguments": json.dumps({"items": basket})}
    return (
        ROLE + content + chunk(json.dumps({"tool_calls": [{"index": 0, "id": "c", "function": call}]})) + CALLED + DONE
    )


def recall(*, held_out: bool) -> list[Figure]:
    """Refusals that are found, by language, of the sources that are held out or of those that are not."""
    texts = [text for text in labelled_texts() if text.label == "refused" and text.is_held_out is held_out]
    ways: dict[str, Judge] = {
        "crowd": Panel().crowd,
        "once": _asked_once(Panel()),
        "talk": _asked_once(Panel(), talk=True),
    }
    return [
        _figure(group, way, judge, some) for way, judge in ways.items() for group, some in _by_language(texts).items()
    ]


def false_alarms() -> list[Figure]:
    """Texts that turn nobody away and are told to be refusals."""
    others = [text for text in labelled_texts() if text.label != "refused"]
    panel = Panel()
    called = Panel()
    figures = [
        _figure("normal, with what they promise", "crowd", lambda text: called.crowd(text, called=True), [t for t in others if t.label == "normal"]),
        _figure("declined, nothing produced", "crowd", panel.crowd, [t for t in others if t.label == "declined"]),
    ]  # fmt: skip
    for label in ("normal", "declined", "degraded"):
        some = [text for text in others if text.label == label]
        figures += [
            _figure(f"{label}, nothing produced", "once", _asked_once(Panel()), some),
            _figure(f"{label}, no tool", "talk", _asked_once(Panel(), talk=True), some),
        ]
    return figures


def false_alarms_of_normals() -> list[Figure]:
    """Normal answers from the seed: with what they promise, without it (the assistant forgot its tool), and where no tool is offered."""
    answers = normal_answers(JUDGED_SEED, JUDGED)
    figures = []
    for way, called, talk in (("produced", True, False), ("nothing produced", False, False), ("no tool", False, True)):
        panel = Panel()
        for language in ("zh", "en"):
            some = [(shopper, text) for shopper, (spoken, text) in enumerate(answers) if spoken == language]
            hits = sum(panel.ask(text, shopper, called=called, talk=talk) for shopper, text in some)
            figures.append(Figure(f"generated normals {language}", way, hits, len(some)))
    return figures


def table(figures: Iterable[Figure]) -> str:
    """A row a figure."""
    rows = [f"{'group':<34}{'way':<18}{'hits':>6}{'n':>7}{'share':>9}{'at least':>10}{'at most':>9}"]
    rows += [
        f"{one.group:<34}{one.way:<18}{one.hits:>6}{one.n:>7}{one.share:>9.2%}{one.at_least:>10.2%}{one.at_most:>9.3%}"
        for one in figures
    ]
    return "\n".join(rows)


def _asked_once(panel: Panel, *, talk: bool = False) -> Judge:
    shoppers = count()

    def judge(text: LabelledText) -> bool:
        shopper = next(shoppers)
        return panel.ask(filled(text.text, shopper), shopper, talk=talk)

    return judge


def _by_language(texts: Iterable[LabelledText]) -> dict[str, list[LabelledText]]:
    groups: dict[str, list[LabelledText]] = {}
    for text in texts:
        groups.setdefault(f"refused {text.language}{', held out' if text.is_held_out else ''}", []).append(text)
    return groups


def _figure(group: str, way: str, judge: Judge, texts: list[LabelledText]) -> Figure:
    return Figure(group, way, sum(map(judge, texts)), len(texts))
