"""Writes a brand's orders as NuORDER answers them, and beside each ordered variant the truth about it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.matching.damage import DAMAGES, SPELLINGS, damaged
from bench.matching.gtins import case_code, gtin
from bench.matching.profiles import Profile, draw
from bench.matching.shelf import Says, Shelf
from bench.matching.stocking import brand_ref
from bench.matching.style import Article, Style
from bench.matching.truth import BrandData, CodeState, Json, Key, Truth
from bench.matching.words import Written, colors_apart, sizes_apart

PLACEHOLDER = "123456789012"
"""Digits that people type to fill a field. They happen to be a whole article number."""


@dataclass(eq=False, slots=True)
class _Line:
    """One ordered variant on its way into an order. ``number``: the article number that the order carries for it."""

    article: Article
    label: str
    text: str | int = ""
    state: CodeState = CodeState.MISSING
    number: str = ""
    foreign: Article | None = None
    on_product: bool = False


class Ordering:
    """The orders of one brand. ``elsewhere`` are articles of brands that were made before."""

    def __init__(
        self, random: Random, profile: Profile, shelf: Shelf, brand: BrandData, elsewhere: Sequence[Article]
    ) -> None:
        self._random, self._profile, self._shelf, self._brand = random, profile, shelf, brand
        self._elsewhere = elsewhere
        self._before: list[Article] = []

    def order(self, styles: Sequence[Style]) -> dict[Key, Truth]:
        """One order of these styles: added to the brand's snapshots; gives the truth about its variants."""
        lines = [line for style in styles for line in self._lines(style)]
        order_id = object_id(self._brand.name, "order", len(self._brand.snapshots))
        used = Counter(gtin(line.number) for line in lines if line.number)
        truths = {}
        products: dict[str, Json | None] = {}
        rows: dict[str, Json] = {}
        for line in lines:
            product_id = object_id(
                self._brand.name,
                line.article.style.number_before,
                line.article.color.plain,
                line.article.style.product_salt,
            )
            size = line.article.style.sizes[line.article.size].text
            self._write(line, product_id, size, rows, products)
            key = (order_id, product_id, size)
            assert key not in truths, key
            truths[key] = self._truth(line, alone=not line.number or used[gtin(line.number)] == 1)
        self._brand.snapshots.append(
            {
                "order": {
                    "_id": order_id,
                    "order_number": f"{self._brand.vendor_id}{len(self._brand.snapshots):05d}",
                    "status": "approved",
                    "currency_code": "USD",
                    "created_on": "2026-03-02T15:00:00.000Z",
                    "start_ship": "2026-04-01T00:00:00.000Z",
                    "end_ship": "2026-04-20T00:00:00.000Z",
                    "line_items": list(rows.values()),
                    "total": 20 * sum(size["quantity"] for row in rows.values() for size in row["sizes"]),
                },
                "products": products,
            }
        )
        self._before += [article for style in styles for article in style.articles]
        return truths

    def _lines(self, style: Style) -> list[_Line]:
        lines = [_Line(a, draw(self._random, self._profile.code)) for a in style.articles if a.ordered]
        clean = [line.article for line in lines if line.label == "clean"]
        for line in lines:
            self._carry_code(line, clean)
        return lines

    def _carry_code(self, line: _Line, clean: Sequence[Article]) -> None:
        """What the order carries as this variant's code; the clean one where the label can't be done."""
        random, article, label = self._random, line.article, line.label
        code = article.code
        line.text, line.state, line.number = code, CodeState.VALID, code
        others = [a for a in clean if a is not article]
        if label == "missing" and self._single(article) and random.random() < 0.4:
            label = line.label = "code in the style number"
        if label in SPELLINGS:
            text = SPELLINGS[label](random, code)
            line.text, line.label = (text, label) if text else (code, "clean")
        elif label in DAMAGES:
            text = damaged(random, code, label)
            if text is None:
                line.label = "clean"
            else:
                # A lost zero leaves no doubt about the number: what it leads to is judged as for a valid code.
                line.number = code if label == "leading zero lost" else ""
                line.text, line.state = text, CodeState.INVALID
        elif label == "missing" or (label == "code in the style number" and self._single(article)):
            line.text, line.state, line.number = "", CodeState.MISSING, ""
        elif label == "code of a case":
            line.text = line.number = case_code(code, 1 if article.case_item_id else random.randint(1, 8))
            line.state = CodeState.CASE
        elif label == "code written as a number" and code[0] != "0":
            line.text = int(code)
        elif label == "code on the product only":
            line.on_product = True
        elif label == "two codes in one field" and others:
            two = [code, random.choice(others).code]
            random.shuffle(two)
            line.text = random.choice((" / ", ", ", " ", ";")).join(two)
            line.state, line.number = CodeState.INVALID, ""
        elif (number := self._foreign(line, others)) is not None:
            line.text = line.number = number
            line.state = CodeState.FOREIGN
        else:
            line.label = "clean"

    def _foreign(self, line: _Line, others: Sequence[Article]) -> str | None:
        article = line.article
        if line.label == "one code for many (placeholder)":
            return PLACEHOLDER
        pools: dict[str, Sequence[Article]] = {
            "code of a sibling in the order": others,
            "code of a sibling not in the order": [a for a in article.style.articles if not a.ordered],
            "code of another style": self._before,
            "code of another brand": self._elsewhere,
        }
        pool = pools.get(line.label)
        if not pool:
            return None
        line.foreign = self._random.choice(pool)
        return line.foreign.code

    def _single(self, article: Article) -> bool:
        """Whether the style number can hold the code: one size, and no saved link that goes by the number."""
        return len(article.style.sizes) == 1 and article.link == "none"

    def _write(
        self, line: _Line, product_id: str, size: str, rows: dict[str, Json], products: dict[str, Json | None]
    ) -> None:
        style, article = line.article.style, line.article
        color = style.colors[article.color].text
        number = style.number
        if line.label == "code in the style number" and line.state is CodeState.MISSING:
            number = article.code
        ref = brand_ref(style.number, color)
        if product_id not in rows:
            thin = {
                "_id": product_id,
                "style_number": number,
                "color": color,
                "brand_id": ref,
                "season": style.season,
            }
            rows[product_id] = {"product": thin, "sizes": []}
            lost = self._random.random() < 0.01
            products[product_id] = (
                None
                if lost
                else {
                    "_id": product_id, "brand_id": ref, "style_number": number, "color": color, "name": style.name,
                    "season": style.season, "department": style.department, "sizes": [],
                }
            )  # fmt: skip
        ordered: Json = {
            "size": size,
            "quantity": self._random.randint(1, 12),
            "price": 20,
            "original_price": 20,
        }
        product = products[product_id]
        known: Json = {"size": size}
        if line.on_product and product is not None:
            known["upc"] = line.text
        elif line.text != "":
            ordered["upc"] = line.text
        elif self._random.random() < 0.5:
            ordered["upc"] = self._random.choice(("", None))
        if line.state is CodeState.CASE:
            ordered["units_per_pack"] = 12
        rows[product_id]["sizes"].append(ordered)
        if product is not None:
            product["sizes"].append(known)

    def _truth(self, line: _Line, *, alone: bool) -> Truth:
        article = line.article
        item_id, two_readings, apart, shows = article.item_id, article.archived, "", ""
        live = self._shelf.live(line.number) if line.number else []
        if line.state is CodeState.CASE and article.case_item_id:
            item_id = article.case_item_id
        if line.number == article.code and article.two_readings:
            two_readings = True
        if line.number and alone and not self._known_by_name(article):
            apart, shows = self._apart(line, live, item_id)
        sole = line.state is CodeState.VALID and alone and not two_readings and live == [item_id]
        return Truth(
            self._brand.name, item_id, line.label, article.pos, self._link_label(article), self._words(line), line.state,
            two_readings, sole, apart, shows,
        )  # fmt: skip

    def _known_by_name(self, article: Article) -> bool:
        """Whether the saved link is found by style, colour and size as the order writes them."""
        style = article.style
        same_color = style.colors[article.color].text == style.colors_before[article.color].text
        return article.linked and bool(article.item_id) and not style.renamed and same_color

    def _apart(self, line: _Line, live: Sequence[str], item_id: str) -> tuple[str, str]:
        """Where the code leads to something else: why nobody could see that, or what shows it. One of them is empty."""
        article, foreign = line.article, line.foreign
        misled = item_id not in live or article.pos == "codes of two siblings swapped"
        if len(live) > 1 or not misled:
            return "", ""
        if line.number == article.code and article.linked and item_id:
            return "", "the code's saved link names another item"
        readings = [("the item", self._shelf.says.get(held)) for held in live if held != item_id]
        if foreign is not None and foreign.linked and foreign.item_id not in (*live, item_id, ""):
            readings.append(("the item", self._shelf.says.get(foreign.item_id)))
        if foreign is not None and foreign.linked:
            readings.append(("the code's saved link", _words_before(foreign)))
        reasons = [(where, *self._silent(line, says)) for where, says in readings]
        shown = next((f"{where} {shows}" for where, _, shows in reasons if shows), "")
        return ("", shown) if shown or not reasons else (reasons[0][1], "")

    def _silent(self, line: _Line, says: Says | None) -> tuple[str, str]:
        """Why an item that says this does not contradict the ordered variant for certain, or how it does."""
        if says is None or says.where == "nowhere":
            return "the item states neither colour nor size", ""
        color = line.article.style.colors[line.article.color]
        size = line.article.style.sizes[line.article.size]
        reasons = []
        if says.size.word is not size.word:
            reasons.append(("size", sizes_apart(size, says.size)))
        if says.color.word is not color.word:
            reasons.append(("colour", colors_apart(color, says.color)))
        if not reasons:
            return "same colour and size, only the style is another one, as in a carry-over", ""
        place = "description" if says.where == "description" else "words"
        if certain := [what for what, reason in reasons if not reason]:
            return "", f"says another {' and '.join(certain)} in its {place}"
        if self._in_sight(line.article, color, size, says):
            return "", "says something near, and the right item stands beside it"
        return reasons[0][1], ""

    def _in_sight(self, article: Article, color: Written, size: Written, found: Says) -> bool:
        """Whether the shop has, beside the item found, an item of the style that plainly says what was ordered."""
        says = self._shelf.says.get(article.item_id)
        if says is None or says.where == "nowhere" or article.archived or found.style != says.style:
            return False
        return all(one.usual for one in (color, size, says.color, says.size, found.color, found.size))

    def _words(self, line: _Line) -> str:
        style, article = line.article.style, line.article
        says = self._shelf.says.get(article.item_id)
        if says is None:
            return "no item to compare with"
        if says.where == "nowhere":
            return "the item states neither"
        pairs = (
            (style.colors[article.color], says.color),
            (style.sizes[article.size], says.size),
        )
        differ = [pair for pair in pairs if pair[0].text.casefold() != pair[1].text.casefold()]
        if any(held.text == held.word.scale for _, held in differ):
            kind = "size counted as another country does"
        elif not differ:
            kind = "same words"
        elif all(one.usual and two.usual for one, two in differ):
            kind = "other words, common"
        else:
            kind = "other words, odd"
        return kind + (", in the description" if says.where == "description" else "")

    def _link_label(self, article: Article) -> str:
        style = article.style
        if article.link != "link kept":
            return article.link
        if style.renamed:
            return "link, carry-over under a new style number"
        if style.colors[article.color].text != style.colors_before[article.color].text:
            return "link, colour renamed since"
        return "link, carry-over under a new product" if style.product_salt else article.link


def _words_before(article: Article) -> Says:
    style = article.style
    return Says(
        style.number_before, style.colors_before[article.color], style.sizes[article.size], "attributes"
    )


def object_id(*names: object) -> str:
    """24 hex digits that follow from names."""
    return hashlib.sha256("/".join(map(str, names)).encode()).hexdigest()[:24]
