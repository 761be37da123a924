"""Holds what matching said against what was written down. Says nothing about how either came about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bench.matching.truth import CodeState, Key, Truth


@dataclass(frozen=True, slots=True)
class Said:
    """What matching said about one ordered variant. ``item_id`` is empty where none is taken; ``candidates`` are item
    ids, the first one first; ``named`` is the one called most likely. ``rule`` decided. ``refused``: the code was said
    to be no valid one."""

    key: Key
    rule: str
    item_id: str
    asked: bool
    candidates: tuple[str, ...]
    named: str = ""
    refused: bool = False


class Verdict(StrEnum):
    """What an outcome is worth."""

    TAKEN = "taken, right"
    WRONG = "taken, wrong"
    UNSEEN = "taken, wrong, nobody could see it"
    ASKED = "asked"
    NEW = "new, right"
    OFFERED = "new, right item offered"
    NEEDLESS = "new, needless"


def verdict(truth: Truth, said: Said) -> Verdict:
    """What this outcome is worth."""
    if said.asked:
        return Verdict.ASKED
    if said.item_id:
        if said.item_id == truth.item_id and not truth.must_ask:
            return Verdict.TAKEN
        return Verdict.UNSEEN if truth.apart else Verdict.WRONG
    if not truth.item_id:
        return Verdict.NEW
    return Verdict.OFFERED if truth.item_id in said.candidates else Verdict.NEEDLESS


def rank(truth: Truth, said: Said) -> int:
    """Place of the right item among the candidates, from 1; 0 where it is not among them."""
    return said.candidates.index(truth.item_id) + 1 if truth.item_id in said.candidates else 0


@dataclass(slots=True)
class Figures:
    """Counts over many variants. ``by_rule`` and ``by_label``: verdicts; ``ranks``: of right items that were not taken."""

    variants: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    by_rule: dict[str, Counter[Verdict]] = field(default_factory=lambda: defaultdict(Counter))
    by_label: dict[str, Counter[Verdict]] = field(default_factory=lambda: defaultdict(Counter))
    label_ranks: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    ranks: Counter[int] = field(default_factory=Counter)
    sole: int = 0
    sole_taken: int = 0
    invalid: int = 0
    invalid_refused: int = 0
    valid_refused: int = 0
    in_pos: int = 0
    not_in_pos: int = 0
    named: int = 0
    named_right: int = 0
    wrong: list[tuple[Truth, Said]] = field(default_factory=list)
    unseen: list[tuple[Truth, Said]] = field(default_factory=list)
    missed: list[tuple[Truth, Said]] = field(default_factory=list)
    """Of the ``sole`` population, what was not taken."""
    unrecognised: list[tuple[Truth, Said]] = field(default_factory=list)
    unranked: list[tuple[Truth, Said]] = field(default_factory=list)
    """Right items beyond the first three, or not among the candidates at all."""

    @property
    def taken(self) -> int:
        """Automatic matches."""
        return sum(self.verdicts[one] for one in (Verdict.TAKEN, Verdict.WRONG, Verdict.UNSEEN))

    @property
    def precision(self) -> float:
        """Of the automatic matches, those that are right; without what nobody could see."""
        judged = self.verdicts[Verdict.TAKEN] + self.verdicts[Verdict.WRONG]
        return self.verdicts[Verdict.TAKEN] / judged if judged else 1.0

    @property
    def recall(self) -> float:
        """Of the variants with a valid code that exactly one live item holds: those that were taken, and right."""
        return self.sole_taken / self.sole if self.sole else 1.0

    @property
    def alone(self) -> float:
        """Share decided without the merchant, and right."""
        return (
            (self.verdicts[Verdict.TAKEN] + self.verdicts[Verdict.NEW]) / self.variants
            if self.variants
            else 0.0
        )

    @property
    def first_three(self) -> float:
        """Of the right items that exist and were not taken: those among the first three candidates."""
        total = sum(self.ranks.values())
        return sum(self.ranks[place] for place in (1, 2, 3)) / total if total else 1.0

    @property
    def recognised(self) -> float:
        """Of the codes that are no whole article number: those that were said to be none."""
        return self.invalid_refused / self.invalid if self.invalid else 1.0


def judge(truths: Mapping[Key, Truth], outcomes: Iterable[Said]) -> Figures:
    """The figures. Raises ``ValueError`` unless there is exactly one outcome for each truth."""
    figures = Figures()
    seen: set[Key] = set()
    for said in outcomes:
        if said.key in seen or said.key not in truths:
            raise ValueError(f"an outcome that no variant, or more than one, stands for: {said.key}")
        seen.add(said.key)
        _count(figures, truths[said.key], said)
    if len(seen) != len(truths):
        raise ValueError(f"{len(truths) - len(seen)} variants without an outcome")
    return figures


def _count(figures: Figures, truth: Truth, said: Said) -> None:
    worth = verdict(truth, said)
    figures.variants += 1
    figures.verdicts[worth] += 1
    figures.by_rule[said.rule][worth] += 1
    figures.in_pos += bool(truth.item_id)
    figures.not_in_pos += not truth.item_id
    place = rank(truth, said)
    untaken = bool(truth.item_id) and worth in (Verdict.ASKED, Verdict.OFFERED, Verdict.NEEDLESS)
    if untaken:
        figures.ranks[place] += 1
        if not 1 <= place <= 3:
            figures.unranked.append((truth, said))
    for label in truth.labels:
        figures.by_label[label][worth] += 1
        if untaken:
            figures.label_ranks[label][place] += 1
    if said.named and truth.item_id:
        figures.named += 1
        figures.named_right += said.named == truth.item_id
    if truth.sole:
        figures.sole += 1
        figures.sole_taken += worth is Verdict.TAKEN
        if worth is not Verdict.TAKEN:
            figures.missed.append((truth, said))
    if truth.state is CodeState.INVALID:
        figures.invalid += 1
        figures.invalid_refused += said.refused
        if not said.refused:
            figures.unrecognised.append((truth, said))
    elif truth.state is CodeState.VALID:
        figures.valid_refused += said.refused
    if worth is Verdict.WRONG:
        figures.wrong.append((truth, said))
    elif worth is Verdict.UNSEEN:
        figures.unseen.append((truth, said))
