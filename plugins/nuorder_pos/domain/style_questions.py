"""What is asked once for each style of an order: which matrix its new variants join, and whether items that are in its
matrices already are the ordered ones. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nuorder_pos.domain.catalogue import Catalogue
from nuorder_pos.domain.match_data import Candidate, Match, Question, by_style
from nuorder_pos.domain.matrices import Shelf, in_matrix, in_matrix_question, needs_item


def ask_about_styles(
    matches: Sequence[Match], on_shelves: Mapping[str, Shelf], catalogue: Catalogue
) -> tuple[list[Match], list[Question]]:
    """The questions, and the matches with the items that are in their style's matrices as first candidates."""
    taken = {found.item.item_id for found in matches if found.item is not None}
    questions: list[Question] = []
    candidates: dict[str, Candidate] = {}
    styles = by_style(matches)
    for style, shelf in on_shelves.items():
        new = [found.variant.line for found in styles[style] if needs_item(found)]
        if not new:
            continue
        if asked := shelf.question(new):
            questions.append(asked)
        if meant := in_matrix(styles[style], shelf, catalogue, taken):
            questions.append(in_matrix_question(shelf, meant))
            for line, item in meant.items():
                reason = f"in matrix {item.matrix_id} of this style, same colour and size"
                candidates[line] = Candidate(item, reason)
    return [_first(found, candidates.get(found.variant.line)) for found in matches], questions


def _first(found: Match, candidate: Candidate | None) -> Match:
    """The match with this candidate before the others."""
    if candidate is None:
        return found
    others = (c for c in found.candidates if c.item.item_id != candidate.item.item_id)
    return replace(found, candidates=(candidate, *others))
