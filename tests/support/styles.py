"""Orders of styles that the POS has in a matrix, or in two, already."""

from __future__ import annotations

from typing import Any

from support.desk import Desk
from support.orders import line


def matrix(desk: Desk, description: str) -> str:
    """A matrix of colours and sizes; gives its id."""
    record = {"description": description, "itemAttributeSetID": 1}
    return str(
        desk.sandbox.do("pos", "create", type="ItemMatrix", record=record)["ItemMatrix"]["itemMatrixID"]
    )


def member(desk: Desk, matrix_id: str, color: str, size: str, code: str = "", **fields: Any) -> str:
    """An item of a matrix; gives its id."""
    return desk.item(
        code, f"Ridge Vest {color} {size}", cost="40", itemMatrixID=matrix_id,
        ItemAttributes={"itemAttributeSetID": "1", "attribute1": color, "attribute2": size}, **fields,
    )  # fmt: skip


def in_two_matrices(desk: Desk, number: str = "", **fields: Any) -> tuple[str, dict[str, str]]:
    """A matched order of a style that has a matrix for each colour, with a new size in both. Gives its number and the
    matrices by colour."""
    number = number or desk.number()
    made, lines = {}, []
    for color in ("Red", "Blue"):
        (code,) = desk.codes(1)
        made[color] = matrix(desk, f"Ridge Vest {color} {number}")
        member(desk, made[color], color, "S", code)
        lines.append(line(f"VST-{number}", color, {"S": 2, "L": 3}, price="40.00", upcs={"S": code}))
    desk.order(*lines, number=number, **fields)
    desk.run(number)
    return number, made


def in_its_matrix(desk: Desk, number: str = "", **fields: Any) -> tuple[str, dict[str, str]]:
    """A matched order of two sizes that its style's matrix has already, under another spelling and without a code, and
    of one that it has not. Gives its number and the items by size."""
    number = number or desk.number()
    (code,) = desk.codes(1)
    place = matrix(desk, f"Ridge Vest {number}")
    member(desk, place, "Red", "S", code)
    there = {"M": member(desk, place, "Red", "Medium"), "L": member(desk, place, "Red", "Large")}
    sizes = {"S": 2, "M": 3, "L": 1, "XL": 1}
    desk.order(line(f"VST-{number}", "Red", sizes, price="40.00", upcs={"S": code}), number=number, **fields)
    desk.run(number)
    return number, there
