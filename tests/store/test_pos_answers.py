"""Answers of the POS that are kept for a run, and records as JSON."""

from __future__ import annotations

import json
import threading
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.databases import execute, rows

from nuorder_pos.domain.pos import PosItem, PosMatrix
from nuorder_pos.errors import NuorderPosError
from nuorder_pos.store import pos_answers, pos_json
from nuorder_pos.store.engine import Engine

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE = [{"item_id": "1"}]


def keep(
    engine: Engine, answers: dict[str, pos_answers.Records], run: str = "r1", field: str = "code/1"
) -> None:
    pos_answers.keep(engine, "7", run, field, answers)


def recall(
    engine: Engine, *values: str, run: str = "r1", field: str = "code/1", account: str = "7"
) -> object:
    return pos_answers.recall(engine, account, run, field, values, within=HOUR)


def test_answers_are_kept_nothing_too(engine: Engine) -> None:
    keep(engine, {"012": ONE, "13": []})
    assert recall(engine, "012", "13", "14") == {"012": ONE, "13": []}
    keep(engine, {"13": ONE, "14": []})
    assert recall(engine, "012", "13", "14") == {"012": ONE, "13": ONE, "14": []}
    assert recall(engine) == {}


def test_answers_of_another_run_account_or_search_are_not_used(engine: Engine) -> None:
    keep(engine, {"1": ONE})
    assert recall(engine, "1", run="r2") == {}
    assert recall(engine, "1", account="8") == {}
    assert recall(engine, "1", field="code/2") == {}


def test_many_values_at_once(engine: Engine) -> None:
    many: dict[str, pos_answers.Records] = {str(number): [{"item_id": str(number)}] for number in range(1203)}
    keep(engine, many)
    assert recall(engine, *many, "none") == many


def test_old_answers_are_not_used_and_in_the_end_deleted(engine: Engine) -> None:
    keep(engine, {"1": ONE, "2": ONE, "3": ONE})
    now = datetime.now(UTC)
    for value, age in (("1", timedelta(minutes=61)), ("2", timedelta(hours=25))):
        at = (now - age).strftime("%Y-%m-%d %H:%M:%S.%f") + (
            "+00" if engine.dialect.name == "postgresql" else ""
        )
        execute(engine, "UPDATE pos_answer SET at = :at WHERE value = :value", at=at, value=value)
    assert recall(engine, "1", "2", "3") == {"3": ONE}
    assert pos_answers.forget(engine, DAY) == 1
    assert {row["value"] for row in rows(engine, "SELECT value FROM pos_answer")} == {"1", "3"}
    keep(engine, {"1": []})
    assert recall(engine, "1") == {"1": []}


def test_several_processes_that_ask_for_the_same_all_keep_it(engine: Engine) -> None:
    trouble: list[NuorderPosError] = []
    begin = threading.Barrier(4)

    def process(number: int) -> None:
        values = [str(value) for value in range(200)]
        begin.wait(10)
        try:
            for _ in range(3):
                keep(engine, dict.fromkeys(values if number % 2 else reversed(values), ONE))
        except NuorderPosError as error:
            trouble.append(error)

    all_of_them = [threading.Thread(target=process, args=(number,)) for number in range(4)]
    for one in all_of_them:
        one.start()
    for one in all_of_them:
        one.join(60)
    assert trouble == []
    assert rows(engine, "SELECT count(*) AS n FROM pos_answer") == [{"n": 200}]


# --- records as JSON ---

texts = st.text(max_size=8)
amounts = st.decimals(allow_nan=False, allow_infinity=False)
zones = st.integers(-839, 839).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(timezones=zones).map(lambda moment: moment.replace(fold=0))
pairs = st.lists(st.tuples(texts, st.none() | amounts), max_size=3).map(tuple)
items = st.builds(
    PosItem,
    item_id=texts,
    description=texts,
    upc=texts,
    archived=st.booleans(),
    default_cost=st.none() | amounts,
    vendor_numbers=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    prices=pairs,
    stock=st.lists(st.tuples(texts, amounts), max_size=3).map(tuple),
    created=st.none() | instants,
    changed=st.none() | instants,
)


@given(items)
def test_an_item_comes_back_exactly(item: PosItem) -> None:
    found = pos_json.load_item(json.loads(json.dumps(pos_json.dump(item))))
    assert repr(found) == repr(item)
    assert found == item


def test_every_field_comes_back() -> None:
    values: dict[str, object] = {
        "str": "007",
        "bool": True,
        "Decimal | None": Decimal("10.50"),
        "datetime | None": datetime(2026, 3, 2, 15, 0, 0, 5, tzinfo=UTC),
        "tuple[tuple[str, str], ...]": (("1", "AB-1"),),
        "tuple[tuple[str, Decimal | None], ...]": (("1", Decimal("9.99")), ("2", None)),
        "tuple[tuple[str, Decimal], ...]": (("0", Decimal("-4")),),
    }
    full = PosItem(**{field.name: values[str(field.type)] for field in fields(PosItem)})  # type: ignore[arg-type]
    written = pos_json.dump(full)
    assert set(written) == {field.name for field in fields(PosItem)}
    assert repr(pos_json.load_item(json.loads(json.dumps(written)))) == repr(full)
    matrix = PosMatrix("1", "Trail Tee", "1", True, "2", "3")
    assert pos_json.load_matrix(json.loads(json.dumps(pos_json.dump(matrix)))) == matrix


def test_what_is_not_set_takes_no_room() -> None:
    assert pos_json.dump(PosItem("1")) == {"item_id": "1"}


@pytest.mark.parametrize("name", ["prices", "stock"])
def test_zero_is_not_taken_for_nothing(name: str) -> None:
    item = PosItem("1", default_cost=Decimal("0"), **{name: (("1", Decimal("0.00")),)})  # type: ignore[arg-type]
    assert repr(pos_json.load_item(pos_json.dump(item))) == repr(item)
