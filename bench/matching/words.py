"""The words of the trade, as brands and shops write them: sizes, colours, names.

Each value has its ``plain`` spelling, the ``common`` ones, and ``odd`` ones: names of a season's colour card, other
countries' words, a person's own shorthand. About half of the spellings are odd: a matcher is not meant to know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Grade(StrEnum):
    """How usual a spelling is."""

    PLAIN = "plain"
    COMMON = "common"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Word:
    """One value (a size, a colour) and its spellings. ``scale``: what another country calls this size, or empty."""

    plain: str
    common: tuple[str, ...]
    odd: tuple[str, ...]
    scale: str = ""

    def written(self, random: Random, grade: Grade) -> Written:
        """This value in a spelling of that grade; in the next more usual grade where it has none."""
        if grade is Grade.ODD and self.odd:
            return Written(self, random.choice(self.odd), Grade.ODD)
        if grade is not Grade.PLAIN and self.common:
            return Written(self, random.choice(self.common), Grade.COMMON)
        return Written(self, self.plain, Grade.PLAIN)


@dataclass(frozen=True, slots=True)
class Written:
    """A value as somebody wrote it."""

    word: Word
    text: str
    grade: Grade

    @property
    def usual(self) -> bool:
        """Whether any buyer reads it."""
        return self.grade is not Grade.ODD


def _words(table: str) -> tuple[Word, ...]:
    """Rows of ``plain | common, … | odd, … [| other scale]``."""
    found = []
    for row in table.strip().splitlines():
        plain, common, odd, *scale = (part.strip() for part in row.split("|"))
        found.append(Word(plain, _listed(common), _listed(odd), scale[0] if scale else ""))
    return tuple(found)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


LETTERS = _words("""
XS   | X-Small; Extra Small        | XSml; ex. small; TP (très petit)
S    | Small; SM; SML              | Chico; Sz S (36-38); Sm.
M    | Medium; MED                 | Mediano; Sz M (40-42); Md/Reg
L    | Large; LRG                  | Lge; Sz L (44-46); Grand (G)
XL   | X-Large; Extra Large        | Xlge; Sz XL (48-50); TG
XXL  | 2XL; XX-Large               | XXLge; Sz XXL (52-54); TTG
3XL  | XXXL; 3X-Large              | Sz 3XL (56); 3 x lge
""")
SHOES = _words("""
6    | 6.0; US 6                   | Sz 6; No. 6; 6 D(M)            | EU 38.5
6.5  | 6 1/2; 6½; US 6.5           | Sz 6.5; 6H; 6' med             | EU 39
7    | 7.0; US 7; 07               | Sz 7; No. 7; 7 D(M)            | EU 40
7.5  | 7 1/2; 7½; US 7.5           | Sz 7.5; 7H; 7' med             | EU 40.5
8    | 8.0; US 8; 08               | Sz 8; No. 8; 8 D(M)            | EU 41
8.5  | 8 1/2; 8½; US 8.5           | Sz 8.5; 8H; 8' med             | EU 42
9    | 9.0; US 9; 09               | Sz 9; No. 9; 9 D(M)            | EU 42.5
9.5  | 9 1/2; 9½; US 9.5           | Sz 9.5; 9H; 9' med             | EU 43
10   | 10.0; US 10                 | Sz 10; No. 10; 10 D(M)         | EU 44
10.5 | 10 1/2; 10½; US 10.5        | Sz 10.5; 10H; 10' med          | EU 44.5
11   | 11.0; US 11                 | Sz 11; No. 11; 11 D(M)         | EU 45
12   | 12.0; US 12                 | Sz 12; No. 12; 12 D(M)         | EU 46
""")
DRESSES = _words("""
0    | 00-0; US 0                  | Sz. 0; nought                  | UK 4
2    | 02; US 2                    | Sz. 2; Misses 2                | UK 6
4    | 04; US 4                    | Sz. 4; Misses 4                | UK 8
6    | 06; US 6                    | Sz. 6; Misses 6                | UK 10
8    | 08; US 8                    | Sz. 8; Misses 8                | UK 12
10   | US 10; 10.0                 | Sz. 10; Misses 10              | UK 14
12   | US 12; 12.0                 | Sz. 12; Misses 12              | UK 16
14   | US 14; 14.0                 | Sz. 14; Misses 14              | UK 18
""")
JEANS = _words("""
28x30 | 28/30; W28 L30; 28 X 30    | 2830; Waist 28 Length 30; 28 (30 in. leg)
30x30 | 30/30; W30 L30; 30W x 30L  | 3030; Waist 30 Length 30; 30 (30 in. leg)
30x32 | 30/32; W30 L32; 30 X 32    | 3032; Waist 30 Length 32; 30 (32 in. leg)
32x30 | 32/30; W32 L30; 32W x 30L  | 3230; Waist 32 Length 30; 32 (30 in. leg)
32x32 | 32/32; W32 L32; 32 X 32    | 3232; Waist 32 Length 32; 32 (32 in. leg)
34x32 | 34/32; W34 L32; 34W x 32L  | 3432; Waist 34 Length 32; 34 (32 in. leg)
34x34 | 34/34; W34 L34; 34 X 34    | 3434; Waist 34 Length 34; 34 (34 in. leg)
36x32 | 36/32; W36 L32; 36W x 32L  | 3632; Waist 36 Length 32; 36 (32 in. leg)
""")
KIDS = _words("""
2T   | 2 T; Toddler 2              | 2 ans; 98 cm; age two
3T   | 3 T; Toddler 3              | 3 ans; 104 cm; age three
4T   | 4 T; Toddler 4              | 4 ans; 110 cm; age four
YS   | Youth S; Youth Small        | Jr Sm; 116/122
YM   | Youth M; Youth Medium       | Jr Md; 128/134
YL   | Youth L; Youth Large        | Jr Lg; 140/146
""")
BABIES = _words("""
0-3M   | 0-3 months; 0-3 mos       | 56/62; 0/3m neu; newborn+
3-6M   | 3-6 months; 3-6 mos       | 62/68; 3/6m neu; half year
6-12M  | 6-12 months; 6-12 mos     | 74/80; 6/12m neu; to 1 yr
12-18M | 12-18 months; 12-18 mos   | 80/86; 12/18m neu; to 1.5 yr
""")
BRAS = _words("""
32A  | 32 A                        | 32-A cup                        | 70A
32B  | 32 B                        | 32-B cup                        | 70B
34B  | 34 B                        | 34-B cup                        | 75B
34C  | 34 C                        | 34-C cup                        | 75C
36C  | 36 C                        | 36-C cup                        | 80C
36D  | 36 D                        | 36-D cup                        | 80D
""")
HATS = _words("""
7     | 7.0                        | 56 cm; hat no. 7
7 1/8 | 7.125                      | 57 cm; hat no. 718
7 1/4 | 7.25; 7¼                   | 58 cm; hat no. 714
7 3/8 | 7.375                      | 59 cm; hat no. 738
7 1/2 | 7.5; 7½                    | 60 cm; hat no. 712
""")
BOTTLES = _words("""
350 ml | 350ml; 0.35 l             | 35 cl; the small one
500 ml | 500ml; 0.5 l              | 50 cl; the middle one
750 ml | 750ml; 0.75 l             | 75 cl; the tall one
1 l    | 1L; 1000 ml               | 100 cl; a litre
""")
ONE_SIZE = _words("""
OS   | One Size; O/S; OSFA         | Standard; Einheitsgröße; 1SZ; fits all heads
""")

COLORS = _words("""
Black          | BLK; BK                        | Tap Shoe; Svart; Raven 99
White          | WHT; Wht.                      | Cloud Dancer; Hvid; Optic 00
Navy           | NVY; Navy Blue                 | Dress Blues; Black Iris; Eclipse 4024
Red            | RD; Red.                       | Chili Pepper; Fiesta; Rød
Blue           | BLU; Bl.                       | Strong Blue 18; Skydiver; Princess
Green          | GRN; Grn.                      | Verdant; Jelly Bean; Grøn
Yellow         | YLW; YEL                       | Freesia; Minion; Sol 3
Pink           | PNK; Pnk.                      | Cotton Candy; Aurora Bloom; Lyserød
Purple         | PRP; PUR                       | Black Plum; Ultra Viola; Lilla
Orange         | ORG; ORN                       | Tigerlily; Jaffa; Nasturtium
Brown          | BRN; Brn.                      | Potting Soil; Brun; Bison 19
Grey           | Gray; GRY                      | Steeple; Sleet; Wild Dove
Beige          | BGE; Bge.                      | Safari 16; Oat Straw; Doeskin
Olive          | OLV; Olive Green               | Burnt Caper; Winter Moss; Dried Herb
Khaki          | KHK; Khk.                      | Cornstalk; Elmwood; Lead 17
Burgundy       | BURG; BUR                      | Windsor Wine; Tawny Port; Zin
Charcoal       | CHAR; CHL                      | Magnet; Asphalt; Ebony Mix
Cream          | CRM; Crm.                      | Papyrus; Pearled; Vanilla Custard
Ivory          | IVR; IVY                       | Snow White 02; Cannoli; Bone China
Teal           | TEA; TL                        | Deep Lake; Shaded Spruce; Harbor Deep
Turquoise      | TRQ; TURQ                      | Scuba; Ceramic; Viridian 7
Gold           | GLD; Gld.                      | Amber Lite; Honey; Guld
Silver         | SLV; SIL                       | Mirror; Moonbeam; Sølv
Tan            | TN; Tan.                       | Biscuit; Toasted Nut; Saddle
Royal Blue     | ROY; Royal                     | Deep Ultramarine; Nautical 2; Kongeblå
Light Blue     | LT BLU; Lt. Blue               | Corydalis; Ice Melt; Sky Way
Dark Green     | DK GRN; Dk. Green              | Mountain View; Green Gables; Bistro
Heather Grey   | Heather Gray; HTHR GRY         | Sport Oxford; Melange 40; Fog Mix
Coral          | CRL; Crl.                      | Living Shell; Hot Salmon 16; Reef
Mint           | MNT; Mint Green                | Ambrosia; Brook; Cool Leaf
Lavender       | LAV; Lvdr                      | Pastel Haze; Orchid Petal; Viola 1
Black/White    | BLK/WHT; Black & White         | Panda; Domino; Zebra 2
Navy/Red       | NVY/RED; Navy & Red            | Regatta; Captain; Tricot 12
Multi          | MLT; Multicolor                | Confetti; Kaleido; Fiesta Mix
""")

KINDS: tuple[tuple[str, tuple[str, ...], tuple[Word, ...]], ...] = (
    ("Tops", ("Tee", "Crew", "Polo", "Tank", "Henley", "Hoodie"), LETTERS),
    ("Outerwear", ("Parka", "Shell", "Anorak", "Vest", "Windbreaker"), LETTERS),
    ("Shoes", ("Runner", "Boot", "Sandal", "Clog", "Low", "Mid"), SHOES),
    ("Dresses", ("Dress", "Skirt", "Blouse", "Jumpsuit"), DRESSES),
    ("Denim", ("Jean", "Chino", "Cord", "Work Pant"), JEANS),
    ("Kids", ("Kids Tee", "Kids Short", "Romper"), KIDS),
    ("Baby", ("Onesie", "Sleepsuit"), BABIES),
    ("Intimates", ("Bra", "Bralette"), BRAS),
    ("Hats", ("Fitted Cap", "Fedora"), HATS),
    ("Drinkware", ("Bottle", "Flask"), BOTTLES),
    ("Accessories", ("Beanie", "Belt Bag", "Scarf", "Tote", "Cap"), ONE_SIZE),
)
"""Department, nouns, sizes."""
NAMES = (
    "Trail", "Ridge", "Harbor", "Summit", "Canyon", "Willow", "Prairie", "Cedar", "Juniper", "Sierra", "Mesa", "Aspen",
    "Boulder", "Coast", "Dune", "Ember", "Fjord", "Glacier", "Haven", "Isle", "Kestrel", "Lagoon", "Meadow", "Nimbus",
    "Orchard", "Pebble", "Quarry", "Raven", "Sable", "Tundra", "Umber", "Vista", "Wren", "Yonder", "Zephyr", "Alder",
)  # fmt: skip
QUALITIES = (
    "Classic", "Pro", "Lite", "Organic", "Merino", "Relaxed", "Slim", "Heritage", "Tech", "Essential", "Vintage", "Loft",
)  # fmt: skip
RETAILERS_WORDS = ("mens", "ladies", "SALE", "ss", "fw", "NEW", "reg", "assorted", "display")


def mistyped(random: Random, text: str) -> str:
    """One slip of the hand: a letter left out, doubled, or two turned round."""
    places = [
        place for place in range(1, len(text) - 1) if text[place].isalpha() and text[place + 1].isalpha()
    ]
    if not places:
        return text
    at = random.choice(places)
    how = random.randrange(3)
    if how == 0:
        return text[:at] + text[at + 1 :]
    if how == 1:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


_TABLE = {word: number for number, (_, _, sizes) in enumerate(KINDS) for word in sizes}
_BARE = {word for sizes in (SHOES, DRESSES, HATS) for word in sizes}
"""Sizes that are a number alone: two different numbers may be one size, counted in two countries."""
_NEAR = (
    "Black Navy Charcoal Grey", "White Cream Ivory Beige", "Beige Tan Khaki Brown Cream Gold", "Blue Navy Royal_Blue Light_Blue Teal Turquoise Purple",
    "Green Olive Dark_Green Teal Turquoise Mint Khaki", "Red Burgundy Coral Orange Pink", "Pink Coral Purple Lavender",
    "Orange Yellow Gold Coral", "Grey Heather_Grey Silver Charcoal White", "Purple Lavender Burgundy Navy", "Burgundy Brown",
    "Yellow Gold Cream", "Dark_Green Black Charcoal", "Light_Blue Grey Silver White Lavender Mint",
)  # fmt: skip
_NEAR_PAIRS = {
    frozenset((one.replace("_", " "), other.replace("_", " ")))
    for group in _NEAR
    for one in group.split()
    for other in group.split()
}


def sizes_apart(one: Written, other: Written) -> str:
    """Why these two sizes do not contradict each other for certain; empty where they do."""
    if not (one.usual and other.usual) or _TABLE[one.word] != _TABLE[other.word]:
        return "the sizes are written in words that few people know, or are counted differently"
    return "two bare numbers may be one size in two countries" if one.word in _BARE else ""


def colors_apart(one: Written, other: Written) -> str:
    """Why these two colours do not contradict each other for certain; empty where they do."""
    if not (one.usual and other.usual):
        return "the colours have names that few people know"
    pair = frozenset((one.word.plain, other.word.plain))
    mixed = any("/" in name or name == "Multi" for name in pair)
    return "the colours are close to each other" if mixed or pair in _NEAR_PAIRS else ""
