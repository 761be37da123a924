"""What was decided for the matrix of a style: remembered, replaced, withdrawn, with its history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from support.rows import add_order

from nuorder_pos.store import style_choices
from nuorder_pos.store.engine import Engine, writing


def save(
    engine: Engine, choices: dict[str, str], by: str = "Mia", brand: str = "Acme", order_id: str = "o-1"
) -> None:
    with writing(engine) as connection:
        style_choices.save(connection, "77", brand, choices, by, order_id)


def chosen(
    engine: Engine, *styles: str, account: str = "77", brand: str = "Acme"
) -> dict[str, tuple[str, str]]:
    found = style_choices.choices_for(engine, account, brand, styles)
    return {style: (one.choice, one.made_by) for style, one in found.items()}


def test_a_choice_is_remembered_for_the_style_of_a_brand_of_an_account(engine: Engine) -> None:
    save(engine, {"tee": "30", "cap": "new"})
    assert chosen(engine, "tee", "cap", "sock") == {"tee": ("30", "Mia"), "cap": ("new", "Mia")}
    assert (chosen(engine, "tee", account="78"), chosen(engine, "tee", brand="Birch"), chosen(engine)) == (
        {},
        {},
        {},
    )
    (one,) = style_choices.choices_for(engine, "77", "Acme", {"tee"}).values()
    assert one.made_at.tzinfo is not None


def test_another_choice_replaces_it_and_the_same_one_changes_nothing(engine: Engine) -> None:
    add_order(engine, "o-2", order_number="1002")
    save(engine, {"tee": "30"})
    save(engine, {"tee": "30"}, by="Ann")
    save(engine, {"tee": "by_color"}, by="Ben", order_id="o-2")
    assert chosen(engine, "tee") == {"tee": ("by_color", "Ben")}
    old, new = style_choices.list_choices(engine, all_history=True)
    assert (old["choice"], old["made_by"], old["withdrawn_by"], old["order_number"]) == (
        "30",
        "Mia",
        "Ben",
        "",
    )
    assert (new["choice"], new["withdrawn_at"], new["order_number"]) == ("by_color", None, "1002")


def test_a_withdrawn_choice_is_asked_again_and_stays_as_history(engine: Engine) -> None:
    save(engine, {"tee": "30"})
    save(engine, {"cap": "31"}, brand="Ångström")
    (one,) = style_choices.list_choices(engine, brand="ACME")
    assert style_choices.withdraw(engine, one["choice_id"], "Ann")
    assert not style_choices.withdraw(engine, one["choice_id"], "Ben")
    assert chosen(engine, "tee") == {}
    assert [one["style"] for one in style_choices.list_choices(engine)] == ["cap"]
    assert [one["style"] for one in style_choices.list_choices(engine, brand="ångström")] == ["cap"]
    (kept,) = style_choices.list_choices(engine, brand="Acme", all_history=True)
    assert kept["withdrawn_by"] == "Ann"
    save(engine, {"tee": "30"})
    assert chosen(engine, "tee") == {"tee": ("30", "Mia")}


def test_many_styles_are_asked_for_at_once(engine: Engine) -> None:
    save(engine, {f"s{n}": str(n) for n in range(600)})
    assert len(chosen(engine, *(f"s{n}" for n in range(700)))) == 600


def test_two_who_choose_at_the_same_time_leave_one_choice_that_counts(engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as connection:
            style_choices.save(connection, "77", "Acme", {"tee": "30"}, "Mia", "o-1")
            other = pool.submit(save, engine, {"tee": "new"}, "Ben")
        other.result(timeout=60)
    assert len(chosen(engine, "tee")) == 1
    assert len(style_choices.list_choices(engine, all_history=True)) == 2
