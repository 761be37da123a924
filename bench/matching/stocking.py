"""Puts a brand's articles into the POS, as shops keep them, with the links that earlier exports saved."""

from __future__ import annotations

from random import Random

from bench.matching.damage import wrong_digit
from bench.matching.gtins import case_code, gtin, with_check
from bench.matching.profiles import Profile, draw
from bench.matching.shelf import Says, Shelf
from bench.matching.style import Article, Range, Style
from bench.matching.truth import BrandData
from bench.matching.words import COLORS, KINDS, RETAILERS_WORDS, Grade, Word, Written
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import fold

_AS_NEW = "not in the POS"
_PLAIN_PLACES = ("in upc", "in ean", "in customSku", "in manufacturerSku", "as a vendor number", "in upc and ean",
                 "upc without its zero", "upc padded to 13", "upc padded to 14", "no code", "another code",
                 "the shop's own label")  # fmt: skip
"""Ways of standing in the POS that leave no doubt about a saved link."""

Placed = tuple[dict[str, str], dict[str, str]]
"""Texts by field, and the article number that a field's text is a documented spelling of."""


class Stocking:
    """One brand's corner of the POS."""

    def __init__(
        self, random: Random, profile: Profile, shelf: Shelf, brand: BrandData, numbers: Range
    ) -> None:
        self._random, self._profile, self._shelf, self._brand, self._numbers = (
            random,
            profile,
            shelf,
            brand,
            numbers,
        )

    def stock(self, style: Style) -> None:
        """Everything that the POS and the saved links have of this style."""
        state = draw(self._random, self._profile.style)
        if state == "new":
            return
        carry = draw(self._random, self._profile.carry) if state == "linked" else "same"
        if carry == "new style number":
            style.number = f"{style.number}-{self._random.choice(('B', '2', 'R'))}"
        elif carry == "new product":
            style.product_salt = "carried over"
        corner = _Corner(
            self._random, self._profile, self._shelf, self._brand, style, linked=state == "linked"
        )
        if state == "stocked":
            self._stocked(style, corner)
        else:
            for article in style.articles:
                self._linked(article, corner)

    def _stocked(self, style: Style, corner: _Corner) -> None:
        for article in style.articles:
            article.pos = draw(self._random, self._profile.pos)
        for article in style.articles:
            if article.pos == "codes of two siblings swapped" and not article.item_id:
                other = next((a for a in style.articles if a.pos == "in upc" and not a.item_id), None)
                if other is None:
                    article.pos = "in upc"
                    continue
                for one, two in ((article, other), (other, article)):
                    one.pos, one.two_readings = article.pos, True
                    one.item_id = corner.item(one, ({"upc": _as_held(two.code)}, {"upc": two.code}))
        for article in style.articles:
            if not article.item_id and article.pos != _AS_NEW:
                self._put(article, corner)

    def _put(self, article: Article, corner: _Corner) -> None:
        label, code = article.pos, article.code
        if label == "two live items":
            held = [({"upc": _as_held(code)}, {"upc": code}), ({"ean": code.zfill(13)}, {"ean": code})]
            self._random.shuffle(held)
            both = [(held[0], False), (held[1], True)]
            self._random.shuffle(both)
            for place, idle in both:
                item_id = corner.item(article, place, idle=idle)
                if not idle:
                    article.item_id = item_id
            article.two_readings = True
        elif label == "live and archived":
            corner.item(article, ({"ean": code.zfill(13)}, {"ean": code}), archived=True)
            article.item_id = corner.item(article, ({"upc": _as_held(code)}, {"upc": code}))
        elif label == "archived only":
            article.item_id = corner.item(article, ({"upc": _as_held(code)}, {"upc": code}), archived=True)
            article.archived = True
        elif label == "case as an item of its own":
            article.item_id = corner.item(article, ({"upc": _as_held(code)}, {"upc": code}))
            case = case_code(code, 1)
            article.case_item_id = corner.item(article, ({"upc": case}, {"upc": case}), note="case of 12")
        else:
            article.pos, place = self._place(label, code)
            article.item_id = corner.item(article, place)

    def _place(self, label: str, code: str) -> tuple[str, Placed]:
        """Where and how this code stands on an item; the ordinary way where this code has no such spelling."""
        random = self._random
        texts: dict[str, str] = {}
        if label == "in ean":
            texts = {"ean": code.zfill(13)}
        elif label in ("in customSku", "in manufacturerSku", "as a vendor number") and len(code) >= 12:
            texts = {
                {"in customSku": "customSku", "in manufacturerSku": "manufacturerSku"}.get(
                    label, "vendorNumber"
                ): code
            }
        elif label == "in upc and ean":
            texts = {"upc": _as_held(code), "ean": code.zfill(13)}
        elif label == "upc without its zero" and len(code) == 12 and len(code.lstrip("0")) == 11:
            texts = {"upc": code.lstrip("0")}
        elif label == "upc padded to 13" and len(code) == 12:
            texts = {"upc": code.zfill(13)}
        elif label == "upc padded to 14" and len(code) < 14:
            texts = {"upc": code.zfill(14)}
        elif label == "no code":
            return label, ({}, {})
        elif label == "another code":
            other = self._numbers.fresh_code()
            return label, ({"upc": _as_held(other)}, {"upc": other})
        elif label == "the shop's own label":
            return label, ({"upc": with_check(f"2{random.randrange(10**10):010d}")}, {})
        elif label == "code mistyped in the POS":
            return label, ({"upc": _as_held(wrong_digit(random, code))}, {})
        elif label == "code with hyphens in customSku":
            return label, ({"customSku": f"{code[:1]}-{code[1:6]}-{code[6:]}"}, {})
        else:
            label, texts = "in upc", {"upc": _as_held(code)}
        return label, (texts, dict.fromkeys(texts, code))

    def _linked(self, article: Article, corner: _Corner) -> None:
        label = article.link = draw(self._random, self._profile.link)
        code = article.code
        held: Placed = ({"upc": _as_held(code)}, {"upc": code})
        bare: Placed = ({}, {})
        article.pos = "see link"
        article.linked = True
        if label == "link kept":
            wanted = {name: self._profile.pos[name] for name in _PLAIN_PLACES}
            article.pos, place = self._place(draw(self._random, wanted), code)
            self._save(article, corner.item(article, place))
        elif label == "link, brand gave a new code":
            self._save(article, corner.item(article, held), code)
            article.code = self._numbers.fresh_code()
        elif label == "link to an item without a code":
            self._save(article, corner.item(article, bare))
        elif label.startswith("link by hand"):
            other = self._numbers.fresh_code()
            self._save(
                article, corner.item(article, ({"upc": _as_held(other)}, {"upc": other})), origin="choice"
            )
            if label == "link by hand, another item holds the code":
                corner.item(article, held, idle=True)
        elif label == "link contradicted by another holder":
            self._save(article, corner.item(article, bare))
            corner.item(article, held)
            article.two_readings = True
        elif label == "linked item archived":
            self._save(article, corner.item(article, held, archived=True))
            article.archived, article.linked = True, False
        elif label == "linked item gone":
            self._save(article, self._gone())
            article.item_id, article.linked = "", False
        elif label.startswith("merged"):
            self._merged(article, corner, held, bare)
        else:
            self._used_again(article, corner, held)

    def _merged(self, article: Article, corner: _Corner, held: Placed, bare: Placed) -> None:
        keeps = article.link == "merged: loser archived with the code"
        if "loser gone" in article.link:
            loser = self._gone()
        else:
            loser = corner.item(article, held if keeps else bare, archived=True)
        self._save(article, loser)
        article.item_id = corner.item(article, held if article.link.endswith("has the code") else bare)
        article.two_readings, article.linked = keeps, False

    def _used_again(self, article: Article, corner: _Corner, held: Placed) -> None:
        """The brand gave the number of an article that it no longer makes to this one."""
        sizes = next(sizes for _, _, sizes in KINDS if article.size in sizes)
        color = self._random.choice([c for c in COLORS if c not in article.style.colors])
        size = self._random.choice([s for s in sizes if s is not article.size] or list(sizes))
        words = (color.written(self._random, Grade.PLAIN), size.written(self._random, Grade.PLAIN))
        number = f"{article.style.number_before}0{article.style.articles.index(article)}"
        item_id = corner.former(number, *words, held)
        identity = (fold(number), fold(words[0].text), fold(words[1].text))
        self._brand.links.append(Link(item_id, "upc", "", identity, gtin(article.code), made_by="bench"))
        article.item_id, article.two_readings, article.linked = "", True, False

    def _save(self, article: Article, item_id: str, code: str = "", origin: str = "") -> None:
        style = article.style
        identity = (
            fold(style.number_before),
            fold(style.colors_before[article.color].text),
            fold(style.sizes[article.size].text),
        )
        origin = origin or self._random.choice(("upc", "upc", "created"))
        self._brand.links.append(
            Link(item_id, origin, "", identity, gtin(code or article.code), made_by="bench")
        )
        article.item_id = item_id

    def _gone(self) -> str:
        """The id of an item that the POS no longer has."""
        return str(90_000_000 + self._random.randrange(9_000_000))


class _Corner:
    """How the shop keeps one style: in which matrices, with which words, and what it writes into the other fields."""

    def __init__(
        self, random: Random, profile: Profile, shelf: Shelf, brand: BrandData, style: Style, *, linked: bool
    ) -> None:
        self._random, self._shelf, self._style = random, shelf, style
        grade = draw(random, profile.grade)
        where = draw(random, profile.stated)
        like_the_brand = linked and random.random() < 0.6
        if like_the_brand:
            where = "attributes"
        self._says = {
            (color, size): Says(
                style.number_before,
                style.colors_before[color] if like_the_brand else _in_the_pos(random, color, grade),
                style.sizes[size] if like_the_brand else _in_the_pos(random, size, grade),
                where,
            )
            for color in style.colors
            for size in style.sizes
        }
        # One spelling for a colour and for a size, whatever the item: as a matrix has it.
        for color, size in self._says:
            first = self._says[color, next(iter(style.sizes))]
            column = self._says[next(iter(style.colors)), size]
            self._says[color, size] = Says(style.number_before, first.color, column.size, where)
        known = random.random()
        self._ids = {
            "vendor_id": brand.vendor_id if known < 0.95 else "0",
            "manufacturer_id": brand.manufacturer_id if known < 0.88 else "0",
        }
        self._words = random.choice(("brand", "brand", "name", "own"))
        self._own = (
            f"{random.choice(RETAILERS_WORDS)} {style.name_before.split()[0]} {style.department.lower()}"
        )
        self._sku = random.choices(("style", "style and colour", "", "first code"), (45, 15, 35, 5))[0]
        self._vendor_number = random.random() < 0.3
        self._first_code = style.articles[0].code
        layout = random.choices(("one", "by colour", "loose"), (75, 10, 15))[0]
        self._set_id = "1"
        one = shelf.matrix(style.name_before, "1") if layout == "one" else "0"
        self._matrix = {
            color: shelf.matrix(f"{style.name_before} {words.text}", "1") if layout == "by colour" else one
            for color, words in style.colors_before.items()
        }

    def item(
        self, article: Article, placed: Placed, *, archived: bool = False, idle: bool = False, note: str = ""
    ) -> str:
        """An item of this style; what it says about itself is right."""
        says = self._says[article.color, article.size]
        fields, codes = {**self._other_fields(article), **placed[0]}, dict(placed[1])
        if self._sku == "first code" and len(self._first_code) >= 12 and "manufacturerSku" not in codes:
            codes["manufacturerSku"] = self._first_code
        return self._add(
            says, fields, codes, self._matrix[article.color], archived=archived, idle=idle, note=note
        )

    def former(self, number: str, color: Written, size: Written, placed: Placed) -> str:
        """An item of another style, which has no other article any more."""
        says = Says(number, color, size, "attributes")
        return self._add(says, {"manufacturerSku": number, **placed[0]}, dict(placed[1]), "0")

    def _add(
        self,
        says: Says,
        fields: dict[str, str],
        codes: dict[str, str],
        matrix_id: str,
        *,
        archived: bool = False,
        idle: bool = False,
        note: str = "",
    ) -> str:
        words = f"{self._description(says)} {note}".strip()
        return self._shelf.item(
            self._random, words, says, matrix_id=matrix_id, set_id=self._set_id, archived=archived, idle=idle,
            fields=fields, codes=codes, **self._ids,
        )  # fmt: skip

    def _other_fields(self, article: Article) -> dict[str, str]:
        style = self._style
        fields = {}
        if self._sku == "first code" and len(self._first_code) >= 12:
            fields["manufacturerSku"] = self._first_code
        elif self._sku:
            color = style.colors_before[article.color].text[:3].upper()
            fields["manufacturerSku"] = style.number_before + (f"-{color}" if self._sku != "style" else "")
        if self._vendor_number:
            fields["vendorNumber"] = brand_ref(style.number_before, style.colors_before[article.color].text)
        return fields

    def _description(self, says: Says) -> str:
        name = self._own if self._words == "own" else self._style.name_before
        if says.where == "description" or (says.where == "attributes" and self._words == "brand"):
            return f"{name} {says.color.text} {says.size.text}"
        return name


def brand_ref(number: str, color: str) -> str:
    """The brand's own id of a style in a colour."""
    return f"{number}-{color}".lower().replace(" ", "")


def _in_the_pos(random: Random, word: Word, grade: str) -> Written:
    if grade == "other scale":
        return Written(word, word.scale, Grade.ODD) if word.scale else word.written(random, Grade.PLAIN)
    return word.written(random, Grade(grade))


def _as_held(code: str) -> str:
    """A code as the POS takes it in ``upc``: 11 to 14 digits."""
    return code if len(code) >= 12 else code.zfill(13)
