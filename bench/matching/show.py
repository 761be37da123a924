"""Prints the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.matching.judge import Figures, Said, Verdict
from bench.matching.truth import Key, Truth, World

EXAMPLES = 20


def show(
    console: Console, name: str, world: World, found: Figures, plain: Figures, *, explain: int = 0
) -> None:
    """Everything about one profile, beside the baseline (``plain``). ``explain``: so many examples of what was missed."""
    console.rule(f"Profile {name}: {found.variants:,} ordered variants, {len(world.rows):,} POS items")
    console.print(_summary(found, plain))
    console.print(_rules(found))
    console.print(_labels(found, plain))
    ordered = _as_ordered(world)
    _examples(console, ordered, "Wrong automatic matches (each one is a defect)", found.wrong, EXAMPLES)
    _missed(
        console, ordered, "A valid code that exactly one live item holds, not taken", found.missed, EXAMPLES
    )
    _missed(console, ordered, "Codes that are none, not said to be none", found.unrecognised, EXAMPLES)
    _apart(console, ordered, found)
    if explain:
        _missed(console, ordered, "The right item is not among the first three", found.unranked, explain)


def as_data(found: Figures) -> dict[str, Any]:
    """The figures for a file."""
    return {
        "variants": found.variants,
        "items_exist": found.in_pos,
        "verdicts": {str(one): found.verdicts[one] for one in Verdict},
        "precision": found.precision,
        "recall_valid_code_one_live_holder": found.recall,
        "recall_population": found.sole,
        "decided_without_the_merchant": found.alone,
        "right_item_in_first_three": found.first_three,
        "ranks": {str(place): count for place, count in sorted(found.ranks.items())},
        "invalid_codes": found.invalid,
        "invalid_codes_recognised": found.recognised,
        "valid_codes_called_invalid": found.valid_refused,
        "rules": {
            rule: {str(v): c for v, c in counts.items()} for rule, counts in sorted(found.by_rule.items())
        },
        "labels": {
            label: {str(v): c for v, c in counts.items()} for label, counts in sorted(found.by_label.items())
        },
        "apart": dict(Counter(truth.apart for truth, _ in found.unseen)),
    }


def _summary(found: Figures, plain: Figures) -> Table:
    table = Table(title="Beside the simplest rule: the UPC as written equals the UPC field of one live item")
    for name in ("figure", "matching", "equal UPC", "target"):
        table.add_column(name, justify="left" if name == "figure" else "right", no_wrap=True)
    rows: Sequence[tuple[str, str, str, str]] = (
        ("automatic matches", f"{found.taken:,}", f"{plain.taken:,}", ""),
        ("… wrong, and the data shows it", *_both(found, plain, lambda f: f"{f.verdicts[Verdict.WRONG]:,}"), "0"),
        ("… wrong, and nobody could see it", *_both(found, plain, lambda f: f"{f.verdicts[Verdict.UNSEEN]:,}"), "apart"),
        ("precision of automatic matches", *_both(found, plain, lambda f: _share(f.precision)), "100 %"),
        ("valid code, exactly one live holder", f"{found.sole:,}", f"{plain.sole:,}", ""),
        ("… taken, and right", *_both(found, plain, lambda f: _share(f.recall)), "100 %"),
        ("decided without the merchant, and right", *_both(found, plain, lambda f: _share(f.alone)), ""),
        ("asked", *_both(found, plain, lambda f: _share(f.verdicts[Verdict.ASKED] / max(f.variants, 1))), ""),
        ("right item exists and was not taken", *_both(found, plain, lambda f: f"{sum(f.ranks.values()):,}"), ""),
        ("… among the first three candidates", *_both(found, plain, lambda f: _share(f.first_three)), "95 %"),
        ("… first / second / third / later / absent", *_both(found, plain, lambda f: _places(f.ranks)), ""),
        ("most likely one named, and right", f"{found.named_right:,} of {found.named:,}", "", ""),
        ("codes that are no article number", f"{found.invalid:,}", f"{plain.invalid:,}", ""),
        ("… said to be none", *_both(found, plain, lambda f: _share(f.recognised)), "100 %"),
        ("valid codes called invalid", *_both(found, plain, lambda f: f"{f.valid_refused:,}"), "0"),
    )  # fmt: skip
    for row in rows:
        table.add_row(*row)
    return table


def _both(found: Figures, plain: Figures, figure: Any) -> tuple[str, str]:
    return figure(found), figure(plain)


def _rules(found: Figures) -> Table:
    table = Table(
        title="Rules. Recall: of all variants that the POS has (for new: has not), what this rule decided right"
    )
    for name in (
        "rule",
        "fires",
        "share",
        "right",
        "wrong",
        "unseen",
        "asked",
        "offered",
        "needless",
        "precision",
        "recall",
    ):
        table.add_column(name, justify="left" if name == "rule" else "right", no_wrap=True)
    for rule, counts in sorted(found.by_rule.items(), key=lambda pair: -sum(pair[1].values())):
        right, new, wrong = counts[Verdict.TAKEN], counts[Verdict.NEW], counts[Verdict.WRONG]
        offered, needless = counts[Verdict.OFFERED], counts[Verdict.NEEDLESS]
        fires = sum(counts.values())
        decided = right + new + wrong + offered + needless
        is_new = new + offered + needless > right + wrong
        whole = found.not_in_pos if is_new else found.in_pos
        table.add_row(
            Text(rule), f"{fires:,}", _share(fires / found.variants), f"{right + new:,}", f"{wrong:,}",
            f"{counts[Verdict.UNSEEN]:,}", f"{counts[Verdict.ASKED]:,}", f"{offered:,}", f"{needless:,}",
            _share((right + new) / decided) if decided else "–",
            _share((new if is_new else right) / whole) if whole and decided else "–",
        )  # fmt: skip
    return table


def _labels(found: Figures, plain: Figures) -> Table:
    table = Table(title="By how the case was made (every variant is in four rows: one of each side)")
    for name in ("case", "count", "taken right", "asked", "new right", "offered 1", "2-3", "later", "needless",
                 "wrong", "unseen", "equal UPC: right"):  # fmt: skip
        table.add_column(name, justify="left" if name == "case" else "right", no_wrap=name == "case")
    side = ""
    for label, counts in sorted(
        found.by_label.items(), key=lambda pair: (pair[0].split(":")[0], -sum(pair[1].values()))
    ):
        if side and not label.startswith(side):
            table.add_section()
        side = label.split(":")[0]
        ranks, simple = found.label_ranks[label], plain.by_label[label]
        table.add_row(
            Text(label), *(f"{n:,}" if n else "·" for n in (
                sum(counts.values()), counts[Verdict.TAKEN], counts[Verdict.ASKED], counts[Verdict.NEW], ranks[1],
                ranks[2] + ranks[3], sum(c for place, c in ranks.items() if place > 3), counts[Verdict.NEEDLESS],
                counts[Verdict.WRONG], counts[Verdict.UNSEEN], simple[Verdict.TAKEN] + simple[Verdict.NEW],
            )),
        )  # fmt: skip
    table.caption = (
        "offered 1, 2-3, later: place of the right item among the candidates, of new lines and of asked ones"
    )
    return table


def _apart(console: Console, ordered: Mapping[Key, str], found: Figures) -> None:
    """Wrong takes that are nobody's fault, by reason."""
    if not found.unseen:
        return
    console.print(
        f"[bold]Taken wrong where nobody could see it: {len(found.unseen):,}.[/bold] The order carries a whole number of"
        " another article. They are no part of the precision above."
    )
    for reason, count in Counter(truth.apart for truth, _ in found.unseen).most_common():
        console.print(f"  {count:,}: {reason}", highlight=False)
        for truth, said in [pair for pair in found.unseen if pair[0].apart == reason][:2]:
            _one(console, ordered, truth, said)


def _examples(
    console: Console, ordered: Mapping[Key, str], title: str, pairs: Sequence[tuple[Truth, Said]], most: int
) -> None:
    console.print(f"[bold]{title}: {len(pairs):,}.[/bold]")
    for shown, count in Counter(
        truth.shows or "two readings, or an archived item" for truth, _ in pairs
    ).most_common():
        console.print(f"  {count:,}: {shown}", highlight=False)
    for truth, said in pairs[:most]:
        _one(console, ordered, truth, said)


def _missed(
    console: Console, ordered: Mapping[Key, str], title: str, pairs: Sequence[tuple[Truth, Said]], most: int
) -> None:
    if not pairs:
        return
    console.print(f"[bold]{title}: {len(pairs):,}.[/bold]")
    for truth, said in pairs[:most]:
        _one(console, ordered, truth, said)


def _one(console: Console, ordered: Mapping[Key, str], truth: Truth, said: Said) -> None:
    taken = f"item {said.item_id}" if said.item_id else "nothing"
    right = f"item {truth.item_id}" if truth.item_id else "a new item"
    doubt = " (a person must be asked)" if truth.must_ask else ""
    console.print(
        Text(
            f"    {truth.brand}: {ordered[said.key]}: took {taken} by {said.rule}, right is {right}{doubt}\n"
            f"      {' | '.join(truth.labels)}"
        ),
        soft_wrap=True,
    )


def _as_ordered(world: World) -> dict[Key, str]:
    return {
        (snapshot["order"]["_id"], line["product"]["_id"], size["size"]): (
            f"{line['product']['style_number']} / {line['product']['color']} / {size['size']} / UPC {size.get('upc')!r}"
        )
        for brand in world.brands
        for snapshot in brand.snapshots
        for line in snapshot["order"]["line_items"]
        for size in line["sizes"]
    }


def _places(ranks: Mapping[int, int]) -> str:
    later = sum(count for place, count in ranks.items() if place > 3)
    return " / ".join(f"{n:,}" for n in _in_order(ranks, later))


def _in_order(ranks: Mapping[int, int], later: int) -> Iterable[int]:
    return (ranks.get(1, 0), ranks.get(2, 0), ranks.get(3, 0), later, ranks.get(0, 0))


def _share(value: float) -> str:
    """Percent; never rounded up to 100."""
    return "100 %" if value == 1 else f"{min(value * 100, 99.99):.2f} %"
