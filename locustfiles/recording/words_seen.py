"""In which words a target turns shoppers away: what one worker saw, by template, second and step.

Kept of every refusal and queue page: the masked text, one cleaned sample of at most ``DETAIL_CHARACTERS``, how often it came and how many
wishes met it. Bounded: ``MOST_TEMPLATES`` in a run; what is nearly the same is one, and further ones are counted together under key 0 without
their words. The caller decides what is a refusal; nothing is noted of any other answer, so good ones pay nothing.

What a target says may quote our secrets: it is cleaned before anything else is done with it.
"""

from collections import OrderedDict
from collections.abc import Callable

from locustfiles.recording.masking import hashed, masked
from locustfiles.recording.near_duplicates import NearDuplicates
from reports.run_record.outcome import Outcome
from reports.run_record.said import OTHER_WORDS, WordsRow

MOST_TEMPLATES = 200
REMEMBERED_DETAILS = 512
"""Texts whose template is known without looking: a service that refuses says few, many times a second."""
TELLING = frozenset({Outcome.REFUSED_HARD, Outcome.REFUSED_SOFT, Outcome.QUEUED})
"""Outcomes whose words are kept."""
_POSITIVE = 2**63 - 1
Own = tuple[str, ...]


class WordsSeen:
    """Takes the words of refusals; ``take`` gives what has come since, as rows that add up."""

    def __init__(self, clean: Callable[[str], str] = str) -> None:
        """``clean`` blanks our secrets in a text of the target's."""
        self._clean = clean
        self._key_of: OrderedDict[tuple[str, Own], int] = OrderedDict()
        self._groups = NearDuplicates(MOST_TEMPLATES)
        self._untold: dict[int, tuple[str, str]] = {}
        """Template and sample by key, until a row has carried them."""
        self._known: set[int] = set()
        self._counts: dict[tuple[int, str, str, str, int], list[int]] = {}

    def note(
        self,
        second: int,
        step: str,
        outcome: str,
        reason: str,
        detail: str,
        *,
        own: Own = (),
        met: frozenset[int] = frozenset(),
    ) -> int:
        """One refusal of the intended ``second``, in these words; the key of their template.

        ``own`` are the shopper's own words, ``met`` the keys that the same wish has met before.
        """
        key = self._key(detail, own)
        count = self._counts.setdefault((second, step, outcome, reason, key), [0, 0])
        count[0] += 1
        count[1] += key not in met
        return key

    def take(self) -> list[WordsRow]:
        """The rows since the last call, in the order of their first refusal; the first of a key has its words."""
        counts, self._counts = self._counts, {}
        rows = []
        for (second, step, outcome, reason, key), (n, wishes) in counts.items():
            template, sample = self._untold.pop(key, ("", ""))
            rows.append(WordsRow(second, step, outcome, reason, key, n, wishes, template, sample))
        return rows

    def _key(self, detail: str, own: Own) -> int:
        known = self._key_of.get((detail, own))
        if known is not None:
            return known
        sample = self._clean(detail).strip(" :")
        template = masked(sample, own)
        key = self._group(hashed(template) & _POSITIVE or 1, template)
        if key != OTHER_WORDS and key not in self._known:
            self._known.add(key)
            self._untold[key] = (template, sample)
        self._key_of[detail, own] = key
        if len(self._key_of) > REMEMBERED_DETAILS:
            self._key_of.popitem(last=False)
        return key

    def _group(self, key: int, template: str) -> int:
        if key in self._known:
            return key
        if len(self._known) < MOST_TEMPLATES:
            return self._groups.group(key, template)
        found = self._groups.find(template)
        return OTHER_WORDS if found is None else found
