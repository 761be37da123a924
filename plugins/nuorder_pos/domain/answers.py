"""What a decision's answers make of a report: prices and packs as they are to be read, and the matrices and items that
were chosen for a whole style."""

from __future__ import annotations

from dataclasses import replace

from nuorder_pos.domain.decisions import Decision
from nuorder_pos.domain.matrices import EXISTING, MATRIX_UNCLEAR
from nuorder_pos.domain.money import rounded
from nuorder_pos.domain.pricing import PACK_READINGS, apply_packs
from nuorder_pos.domain.report import Report


def with_answers(report: Report, decision: Decision) -> tuple[Report, Decision]:
    """The report with units, unit costs and placements as answered, and the decision with the items that an answer
    chose for the lines of a style; a decision about the line itself goes before it."""
    chosen = decision.answers.get("totals_mismatch")
    pack = PACK_READINGS.get(decision.answers.get("pack", ""), report.pack)
    reading = next((r for r in report.pricing.choices if r.name == chosen), report.pricing.reading)
    lines = []
    for line, cost in zip(report.lines, reading.costs, strict=True):
        read = apply_packs(line.variant, cost, pack)
        unit_cost = rounded(read.unit_cost, report.context.decimals)
        shelf = report.shelves.get(line.variant.style_key)
        answer = decision.answers.get(f"{MATRIX_UNCLEAR}/{shelf.slug}", "") if shelf else ""
        placement = shelf.place(line.variant, answer) if shelf and answer else line.placement
        lines.append(replace(line, units=read.units, unit_cost=unit_cost, placement=placement))
    used = {
        line: item
        for question in report.questions
        if decision.answers.get(question.code) == EXISTING
        for line, item in question.lines.items()
    }
    pricing = replace(report.pricing, reading=reading)
    answered = replace(report, lines=tuple(lines), pricing=pricing, pack=pack)
    return answered, replace(decision, lines={**used, **decision.lines})


def style_choices(report: Report, decision: Decision) -> dict[str, str]:
    """What was decided about the matrices of styles, by the style's key: remembered for the next order."""
    return {
        shelf.style: answer
        for shelf in report.shelves.values()
        if (answer := decision.answers.get(f"{MATRIX_UNCLEAR}/{shelf.slug}"))
    }
