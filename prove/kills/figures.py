"""The figures of a run, as the other parts of the proof give theirs."""

from __future__ import annotations

from prove.figures import Report
from prove.kills.campaign import Outcome


def report(name: str, out: Outcome) -> Report:
    """Figures, and every violation and every order that is left."""
    made = Report(f"kills, {name}", seconds=out.seconds)
    made.figures = {"seed": out.plan.seed, "orders approved": out.plan.orders, "kills": out.kills.total()}
    made.count_all("killed", out.kills)
    made.figures |= {
        "kills in the midst of an export's writes": out.while_writing,
        "attempts of export and verify": out.attempts,
        "most attempts of one task": out.most_attempts,
        "stopped attempts that woke up": out.woken,
        "of these after another had taken their order over": out.woken_too_late,
        "exports written by more than one attempt": out.take_overs,
        "exports finished by another run than the one approved in": out.by_later_run,
        "orders approved a second time": out.again_approved,
    }
    made.count_all("ended by itself", out.ended_alone)
    made.count_all("orders", out.states)
    made.count_all("orders with the reason", out.reasons)
    made.failures = [*out.violations, *out.left]
    if out.kills.total() < len(out.plan.deck):
        made.failures.append(f"only {out.kills.total()} of {len(out.plan.deck)} kills were done")
    return made
