"""``springtide texts`` on a console: the sample in one sentence, then each text on a line of its own. Decides nothing."""

from collections.abc import Iterator

from rich.console import Console

from reports.kept_texts import Bound, KeptText, KeptTexts, TextGroup
from reports.render.plain import words

_LIMIT = 1000
"""Characters of a line, before its control characters are spelled out."""


def print_texts(sample: KeptTexts, console: Console) -> None:
    """Write the sample; no line is wrapped, so that a text stays one."""
    console.print(words(_head(sample), "bold", _LIMIT), soft_wrap=True)
    for note in sample.notes:
        console.print(words(f"Note: {note}", "yellow", _LIMIT), soft_wrap=True)
    for group in sample.groups if sample.kept else ():
        console.print(words(_group_line(group), "bold", _LIMIT), soft_wrap=True)
        for one in group.texts:
            console.print(words(_text_line(one), limit=_LIMIT), soft_wrap=True)
    if sample.bound is not None:
        for sentence in _bound_lines(sample.bound, sample):
            console.print(words(sentence, "bold", _LIMIT), soft_wrap=True)


def _head(sample: KeptTexts) -> str:
    if sample.why_none:
        return sample.why_none
    asked = "" if sample.share is None else f" (a share of {sample.share:g} was asked for)"
    left_out = "none was left out"
    if sample.left_out:
        left_out = (
            f"{sample.left_out:,} more were left out from second {sample.left_out_from} on, beyond what a worker keeps"
        )
    return (
        f"{sample.kept:,} of {_number(sample.answers, 'answer')} at chat kept{_percent(sample.kept, sample.answers)}, to "
        f"{_number(sample.wishes, 'wish', 'wishes')} chosen by hash of seed and wish{asked}; {left_out}."
    )


def _number(n: int, one: str, several: str = "") -> str:
    return f"{n:,} {one if n == 1 else several or f'{one}s'}"


def _percent(part: int, whole: int) -> str:
    return f" ({part / whole:.2%})" if whole else ""


def _group_line(group: TextGroup) -> str:
    name = f"{group.outcome} {group.reason}".strip()
    shown = "" if len(group.texts) == group.kept else f", {len(group.texts):,} shown"
    left_out = f", {group.left_out:,} left out" if group.left_out else ""
    of_all = "" if group.answers_share is None else f", {group.answers_share:.1%} of all"
    return (
        f"{name}: {_number(group.kept, 'text')}{shown}{left_out}, {group.sample_share:.1%} of the sample; "
        f"{_number(group.answers, 'answer')}{of_all}"
    )


def _text_line(one: KeptText) -> str:
    basket = {True: ", basket understood", False: ", basket not understood", None: ""}[one.understood]
    said = f'"{one.text}"' if one.text else "(no words)"
    return f"  second {one.second}, wish {one.wish}{basket}: {said}"


def _bound_lines(bound: Bound, sample: KeptTexts) -> Iterator[str]:
    if bound.at_most is None:
        yield "No such text was kept, so nothing can be said of such answers."
        return
    yield (
        f"Found to be something else: {bound.found:,} of {_number(bound.texts, 'text')} shown, to "
        f"{_number(bound.wishes, 'wish', 'wishes')}. So at most {bound.at_most:.2%} of such answers are, by wishes, with 95 % "
        "certainty (Clopper-Pearson, one-sided)."
    )
    if any(group.left_out for group in sample.groups):
        yield f"That says little of the answers from second {sample.left_out_from} on: their texts were left out."
