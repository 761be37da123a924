"""Colours as brands and shops write them: one canonical form, and whether two of them are one colour.

A colour is one or several parts ("Black/White"), a part is a name with modifiers ("dark heather grey"). Names that are
not known stay as they are and agree with their equal only. Two colours differ only where both are fully known, have one
part each, and belong to families that nobody mixes up: navy is never told from black.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from nuorder_pos.domain.vocabulary import KEPT, Agreement, plain

# --- the words -------------------------------------------------------------------------------------------------------

_NAMES: Mapping[str, str] = {
    "black": "black ebony onyx raven jet caviar midnight+blue ink+blue graphite+grey",
    "white": "white snow chalk alabaster ivory+beige cream+beige+yellow off-white+beige eggshell+beige pearl+metallic "
    "natural+beige+brown ecru+beige vanilla+beige+yellow bone+beige milk marshmallow",
    "grey": "grey ash smoke slate+blue charcoal+black anthracite+black pewter+metallic steel+blue+metallic "
    "cement concrete fog storm+blue gunmetal+black+metallic marl stone+beige+brown dove "
    "granite+black lead+black cloud+white+blue",
    "brown": "brown chocolate camel+beige cognac+orange tan+beige+orange coffee espresso+black mocha walnut+black "
    "chestnut+red tobacco+orange caramel+orange+beige taupe+grey+beige umber sienna+orange+red bronze+metallic "
    "cinnamon+orange+red hazel mahogany+red toffee+orange saddle+orange cocoa marron+red java+black",
    "beige": "beige sand+yellow khaki+green+brown oatmeal+grey+white nude+pink buff+yellow oat+white+grey "
    "champagne+metallic+yellow+pink biscuit+brown wheat+yellow+brown dune+brown linen+white+grey",
    "red": "red crimson scarlet+orange cherry ruby+pink cardinal burgundy+purple+brown bordeaux+purple+brown "
    "maroon+purple+brown wine+purple+brown oxblood+purple+brown merlot+purple+brown brick+brown+orange "
    "cranberry+pink+purple garnet+purple+brown poppy+orange tomato+orange",
    "pink": "pink blush+beige fuchsia+purple magenta+purple rose+red salmon+orange bubblegum hot-pink raspberry+red "
    "flamingo+orange mauve+purple dusty-rose+beige+purple",
    "orange": "orange coral+pink+red peach+pink+beige rust+brown+red apricot+yellow+pink tangerine+red "
    "terracotta+brown+red copper+metallic+brown+red pumpkin+brown amber+yellow+brown",
    "yellow": "yellow lemon mustard+brown+orange canary sunflower+orange butter+white+beige honey+orange+brown "
    "saffron+orange maize+beige",
    "green": "green olive+brown+black lime+yellow mint+blue+white sage+grey+beige emerald forest+black hunter+black "
    "kelly army+brown moss+brown+yellow pistachio+yellow fern jade+blue loden+brown+black chartreuse+yellow",
    "blue": "blue navy+black royal+purple cobalt+purple teal+green turquoise+green aqua+green cyan+green sky "
    "indigo+purple+black denim+black+grey sapphire azure baby-blue powder-blue ice-blue+white+grey cerulean "
    "marine+black+green petrol+green+black ocean+green+grey periwinkle+purple chambray+grey+white",
    "purple": "purple lila+pink+blue violet+blue lavender+blue+pink+grey lilac+pink+blue plum+red+black+brown "
    "eggplant+black+brown+red grape+red+black aubergine+black+brown+red orchid+pink amethyst iris+blue",
    "metallic": "silver+grey gold+yellow+brown rose-gold+pink+orange platinum+grey brass+yellow+brown chrome+grey",
    "multi": "multi rainbow",
}
"""Family -> its names, each with the other families that people may put it in."""

_NEIGHBOURS: Mapping[str, str] = {
    "black": "grey blue brown purple",
    "white": "grey beige yellow metallic",
    "grey": "blue brown beige green purple metallic",
    "brown": "beige red orange yellow green metallic",
    "beige": "yellow orange pink metallic",
    "red": "pink orange purple",
    "pink": "orange purple",
    "orange": "yellow metallic",
    "yellow": "green metallic",
    "green": "blue",
    "blue": "purple",
}
"""Families that people mix up; each pair stands once. ``multi`` may be anything."""

_SPELLINGS: Mapping[str, str] = {
    "black": "blk bk blck noir noire schwarz negro negra nero nera preto",
    "white": "wht wh whi wt wte blanc blanche weiss blanco blanca bianco bianca branco",
    "grey": "gray gry gra grau gris grigio grigia cinza",
    "brown": "brn bwn brwn braun brun brune marrone castano",
    "beige": "bge bei beig",
    "red": "rd rouge rot rojo roja rosso rossa vermelho",
    "pink": "pnk pk rosa",
    "orange": "org orng orn naranja arancione arancio",
    "yellow": "ylw yel yllw ylo jaune gelb amarillo amarilla giallo gialla",
    "green": "grn gn vert verte grun gruen verde",
    "blue": "blu bleu bleue blau azul",
    "purple": "prp pur prpl ppl prl pourpre morado morada",
    "violet": "violett viola violeta",
    "navy": "nvy nav nvby",
    "charcoal": "char chrc chr charc",
    "khaki": "khk kha khki kaki caqui",
    "olive": "olv oliv oliva",
    "cream": "crm cre creme crema",
    "ivory": "ivr ivo ivry ivoire avorio marfil elfenbein",
    "multi": "mlt mul mult multicolor multicolour multicolored multicoloured multicolore mehrfarbig bunt",
    "silver": "slv sil slvr svr argent silber plata plateado argento",
    "gold": "gld oro dore dorado",
    "burgundy": "burg brg bgd bgdy burgandy",
    "turquoise": "turq trq turkis tuerkis turquesa turchese",
    "fuchsia": "fus fuch fuschia fucsia",
    "lavender": "lav lavande lavendel lavanda",
    "camel": "cml cammello",
    "chocolate": "choc cho chocolat schokolade cioccolato",
    "maroon": "mrn",
    "natural": "nat ntl natur naturel",
    "royal": "ryl roy",
    "magenta": "mag",
    "indigo": "ind",
    "coral": "crl corail koralle",
    "bronze": "brz",
    "copper": "cop cpr kupfer cuivre rame",
    "anthracite": "anthrazit antracita antracite",
    "lilac": "lilas",
    "teal": "tl",
    "salmon": "saumon lachs",
    "mustard": "senf moutarde mostaza senape",
    "sand": "arena sabbia",
    "dark": "dk drk dunkel fonce foncee oscuro oscura scuro scura",
    "light": "lt lgt lite hell clair claire claro clara chiaro chiara",
    "heather": "htr hthr heathered chine",
    "matte": "mat matt mtt",
    "washed": "wash wsh wshd",
    "bright": "brt",
    "vintage": "vtg vntg",
    "metallic": "metallique metallico metalizado",
}
"""Word -> its abbreviations and its words in French, German, Spanish and Italian."""

_PHRASES: Mapping[str, str] = {
    "off white": "off-white", "rose gold": "rose-gold", "hot pink": "hot-pink", "baby blue": "baby-blue",
    "powder blue": "powder-blue", "ice blue": "ice-blue", "dusty rose": "dusty-rose", "multi color": "multi",
    "multi colour": "multi", "multi colored": "multi", "multi coloured": "multi", "blue marine": "navy",
    "marine blue": "navy", "blue marino": "navy",
}  # fmt: skip
"""Two words (spelled out) that are one name."""

_MODIFIERS: Mapping[str, str] = {
    "dark": "black", "deep": "black", "light": "white", "pale": "white", "pastel": "white", "heather": "grey",
    "matte": "", "washed": "grey white", "bright": "", "neon": "", "vintage": "grey", "faded": "grey white",
    "metallic": "metallic", "glossy": "",
}  # fmt: skip
"""Modifier -> families that it brings a colour near to."""

_UNSAID = frozenset({"solid", "color", "colour", "w"})
"""Words beside a name that say nothing; the slash of "w/" already stands between two parts."""

# --- their grammar ---------------------------------------------------------------------------------------------------

_BASICS = frozenset(_NAMES) - {"metallic", "multi"}
_FAMILIES: Mapping[str, frozenset[str]] = {
    name.split("+")[0]: frozenset({family, *name.split("+")[1:]})
    for family, names in _NAMES.items()
    for name in names.split()
}
_MAIN: Mapping[str, str] = {
    name.split("+")[0]: family for family, names in _NAMES.items() for name in names.split()
}
_MEANT: Mapping[str, str] = {word: name for name, words in _SPELLINGS.items() for word in words.split()}
_NEAR = frozenset(
    frozenset({family, other}) for family, others in _NEIGHBOURS.items() for other in others.split()
)
_ANYTHING = "multi"

_ATTACHED = re.compile("(dk|drk|lt|lgt|hthr|htr|dunkel|hell|dark|light|off)([a-z]{3,})")
_CODE = re.compile("[a-z]{0,3}[0-9]{2,6}")
_PANTONE = re.compile(r"(?<![0-9])[0-9]{2}-[0-9]{4}(?: ?t[cp][xg])?(?![0-9a-z])")
_BETWEEN = re.compile(r"[/&+,;|]|(?<!\w)(?:and|with|und)(?!\w)")
_WORD = re.compile(r"[^\W_]+%?")


class _Color(NamedTuple):
    """A colour as it was understood. ``families`` is empty where it is not fully known or has several parts."""

    key: str
    families: frozenset[str]
    codes: frozenset[str]


class _Part(NamedTuple):
    """One part of a colour; ``families`` is empty where it is not fully known, ``names`` counts its names."""

    key: str
    families: frozenset[str]
    names: int


def color_key(text: str) -> str:
    """The canonical form of a colour, parts in their order and without codes. Never raises."""
    return _read(text).key


@lru_cache(maxsize=KEPT)
def compare_colors(a: str, b: str) -> Agreement:
    """Whether two texts name one colour: ``SAME`` where their canonical forms are equal (and not empty).

    Two different codes beside one name ("001 Black", "002 Black") are ``UNKNOWN``, as are two names of one family.
    """
    one, other = _read(a), _read(b)
    if not one.key or not other.key:
        return Agreement.UNKNOWN
    if one.key == other.key:
        told_apart = one.codes and other.codes and one.codes != other.codes
        return Agreement.UNKNOWN if told_apart else Agreement.SAME
    if one.families and other.families and _apart(one.families, other.families):
        return Agreement.DIFFERENT
    return Agreement.UNKNOWN


def _apart(some: Iterable[str], others: frozenset[str]) -> bool:
    return not any(
        one == other or _ANYTHING in (one, other) or frozenset({one, other}) in _NEAR
        for one in some
        for other in others
    )


_LONGEST = 120
"""Characters beyond which a text is a sentence and no colour."""


@lru_cache(maxsize=KEPT)
def _read(text: str) -> _Color:
    folded = plain(text)
    if len(folded) > _LONGEST:
        return _Color(folded, frozenset(), frozenset())
    codes = set(_PANTONE.findall(folded))
    named = _PANTONE.sub(" ", folded)
    if not _WORD.search(named):
        named, codes = folded, set()
    words = _WORD.findall(named)
    numbered = [word for word in words if _CODE.fullmatch(word)]
    if len(numbered) == len(words):
        numbered = []  # nothing but codes: they are the name
    codes.update(numbered)
    parts: list[tuple[str, _Part]] = []
    for section in _BETWEEN.split(named):
        for written in _pieces([word for word in section.split("-") if _WORD.search(word)], numbered):
            shown, part = " ".join(written), _part(written)
            # "BLK - Black" is a code beside its name, "Black/Black" is two parts.
            if part.key and not (parts and parts[-1][1].key == part.key and parts[-1][0] != shown):
                parts.append((shown, part))
    families = parts[0][1].families if len(parts) == 1 else frozenset[str]()
    return _Color("/".join(part.key for _, part in parts), families, frozenset(codes))


def _pieces(hyphened: list[str], codes: list[str]) -> list[list[str]]:
    """The words of each colour in a section: a hyphen joins words (off-white) or parts (black-white)."""
    pieces = [[word for word in _WORD.findall(piece) if word not in codes] for piece in hyphened]
    pieces = [piece for piece in pieces if piece]
    whole = [word for piece in pieces for word in piece]
    if len(pieces) > 1 and _part(whole).names > 1 and all(_part(piece).families for piece in pieces):
        return pieces
    return [whole]


def _part(written: Iterable[str]) -> _Part:
    """One colour of its words: modifiers first, a name with its own family's word ("navy blue") as the name."""
    names: list[tuple[str, str]] = []
    modifiers: set[str] = set()
    for word in written:
        for bare in _words_of(word):
            meant = _MEANT.get(bare, bare)
            if meant in _MODIFIERS:
                modifiers.add(meant)
            elif meant not in _UNSAID and not (names and names[-1][1] == meant and names[-1][0] != bare):
                names.append((bare, meant))
    known = _phrases([name for _, name in names])
    if len(known) == 2:
        for name, basic in (known, known[::-1]):
            if basic in _BASICS and name not in _BASICS and _MAIN.get(name) == basic:
                known = [name]
                break
    shown = " ".join((*sorted(modifiers), *known)).replace("-", " ") or " ".join(written)
    families: set[str] = set()
    basics = sum(name in _BASICS for name in known)
    if all(name in _FAMILIES for name in known) and (len(known) == 1 or (len(known) == 2 and basics == 1)):
        families.update(*(_FAMILIES[name] for name in known))
        families.update(*(_MODIFIERS[modifier].split() for modifier in modifiers))
    return _Part(shown, frozenset(families), len(known))


def _words_of(word: str) -> tuple[str, ...]:
    """``dkgrey`` and ``hellblau`` as two words."""
    found = _ATTACHED.fullmatch(word)
    return (found[1], found[2]) if found and _MEANT.get(found[2], found[2]) in _FAMILIES else (word,)


def _phrases(words: list[str]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if joined and (phrase := _PHRASES.get(f"{joined[-1]} {word}")):
            joined[-1] = phrase
        else:
            joined.append(word)
    return joined
