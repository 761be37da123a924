"""The targets of matching on a small world, and the arithmetic of the judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.matching import baseline
from bench.matching.generate import generate
from bench.matching.judge import Figures, Said, Verdict, judge, verdict
from bench.matching.profiles import PROFILES
from bench.matching.subject import subject
from bench.matching.truth import CodeState, Truth

VARIANTS = 2_000
KEY = ("order", "product", "M")
TRUTH = Truth("Acme", "7", "clean", "in upc", "none", "same words", CodeState.VALID, sole=True)
SAID = Said(KEY, "code", "7", False, (), "", False)


@pytest.fixture(scope="module", params=PROFILES)
def figures(request: pytest.FixtureRequest) -> Figures:
    world = generate(3, PROFILES[request.param], VARIANTS)
    with subject(world) as matching:
        return judge(world.truths, matching.outcomes())


def test_no_automatic_match_is_wrong(figures: Figures) -> None:
    assert figures.taken > VARIANTS / 10
    assert [(truth.labels, truth.shows, said) for truth, said in figures.wrong] == []


def test_a_valid_code_with_one_live_holder_is_always_taken(figures: Figures) -> None:
    assert figures.sole > VARIANTS / 10
    assert [(truth.labels, said) for truth, said in figures.missed] == []


def test_every_code_that_is_none_is_said_to_be_none_and_no_other(figures: Figures) -> None:
    assert figures.invalid > 50
    assert [(truth.labels, said) for truth, said in figures.unrecognised] == []
    assert figures.valid_refused == 0


def test_more_is_decided_without_the_merchant_than_by_equal_codes() -> None:
    world = generate(3, PROFILES["realistic"], VARIANTS)
    plain = judge(world.truths, baseline.outcomes(world))
    with subject(world) as matching:
        assert judge(world.truths, matching.outcomes()).alone > plain.alone


@pytest.mark.parametrize(
    "truth, said, worth",
    [
        (TRUTH, SAID, Verdict.TAKEN),
        (TRUTH, replace(SAID, item_id="8"), Verdict.WRONG),
        (replace(TRUTH, must_ask=True), SAID, Verdict.WRONG),
        (replace(TRUTH, apart="nothing says so"), replace(SAID, item_id="8"), Verdict.UNSEEN),
        (TRUTH, replace(SAID, asked=True), Verdict.ASKED),
        (TRUTH, replace(SAID, item_id="", candidates=("8", "7")), Verdict.OFFERED),
        (TRUTH, replace(SAID, item_id="", candidates=("8",)), Verdict.NEEDLESS),
        (replace(TRUTH, item_id=""), replace(SAID, item_id=""), Verdict.NEW),
        (replace(TRUTH, item_id=""), SAID, Verdict.WRONG),
    ],
)
def test_what_an_outcome_is_worth(truth: Truth, said: Said, worth: Verdict) -> None:
    assert verdict(truth, said) is worth


def test_the_rank_counts_what_was_not_taken() -> None:
    keys = [(str(n), "p", "M") for n in range(4)]
    said = [
        replace(SAID, key=keys[0], item_id="", candidates=("8", "7")),
        replace(SAID, key=keys[1], item_id="", candidates=("8", "9", "10", "7")),
        replace(SAID, key=keys[2], item_id="", asked=True),
        replace(SAID, key=keys[3]),
    ]
    figures = judge(dict.fromkeys(keys, TRUTH), said)
    assert figures.ranks == {2: 1, 4: 1, 0: 1}
    assert figures.first_three == pytest.approx(1 / 3)
    assert figures.recall == pytest.approx(1 / 4)
    assert figures.alone == pytest.approx(1 / 4)


@pytest.mark.parametrize("said", [[], [SAID, SAID], [replace(SAID, key=("x", "y", "z"))]])
def test_every_truth_has_one_outcome(said: list[Said]) -> None:
    with pytest.raises(ValueError, match="outcome"):
        judge({KEY: TRUTH}, said)
