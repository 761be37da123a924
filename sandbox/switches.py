"""Every behaviour that the fact sheets leave open, as a switch with its possible values.

The default of each is the sheet's safe choice. ``POST /_switches`` and ``--set name=value`` change them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

Value = bool | int | float | str


@dataclass(frozen=True)
class Switch:
    """One open question: its default answer, the answers that are possible, and what it decides."""

    name: str
    default: Value
    about: str
    choices: tuple[str, ...] = ()

    def parse(self, given: Any) -> Value:
        """Convert a value from the command line or from JSON; raises ``ValueError`` with what is allowed."""
        if self.choices:
            if str(given) not in self.choices:
                raise ValueError(f"{self.name} must be one of {', '.join(self.choices)}, not {given!r}")
            return str(given)
        if isinstance(self.default, bool):
            words = {"true": True, "1": True, "yes": True, "on": True}
            words |= {"false": False, "0": False, "no": False, "off": False}
            if str(given).lower() not in words:
                raise ValueError(f"{self.name} must be true or false, not {given!r}")
            return words[str(given).lower()]
        try:
            if isinstance(self.default, int):
                return int(given)
            if isinstance(self.default, float):
                return float(given)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.name} must be a number, not {given!r}") from error
        return str(given)


# fmt: off
_NUORDER: Final = (
    Switch("nuorder_latency_ms", 0, "network time added to every NuORDER answer"),
    Switch("nuorder_concurrency", 5, "requests in flight for each brand before 429; 0 = no limit"),
    Switch("nuorder_retry_after", 1, "Retry-After of that 429, seconds"),
    Switch("nuorder_error_bodies", "json", "form of 400, 401, 403, 404, 409, 429", ("json", "text", "empty")),
    Switch("timestamp_skew", 300, "accepted distance of oauth_timestamp, seconds; 0 = any"),
    Switch("nonce_check", True, "a used nonce is refused"),
    Switch("scheme_a_query", "reject", "NuORDER's own scheme with a query string", ("reject", "bc")),
    Switch("scheme_b_handshake", True, "standard signatures work on initiate and token"),
    Switch("unquoted_header", True, "Authorization values without quotes are accepted"),
    Switch("status_any_case", True, "/api/orders/Approved/list works"),
    Switch("invalid_status_code", 400, "HTTP status for a status that does not exist"),
    Switch("orders_list_date", "created_on", "date that /api/orders/list compares",
           ("created_on", "modified_on", "start_ship", "end_ship")),
    Switch("orders_paging", "none", "__limit and __last_id on lists of orders", ("none", "dunder")),
    Switch("nuorder_writes", "forbidden", "write calls with a retailer's credential",
           ("forbidden", "allowed")),
    Switch("order_create_status", 201, "HTTP status of PUT /api/order/new"),
    Switch("status_moves_modified", False, "a status change moves modified_on"),
    Switch("price_includes_discounts", True, "sizes[].price is after discounts; false: before them"),
    Switch("products_list", "ids", "rows of /api/products/{field}/{value}/list", ("ids", "objects")),
    Switch("products_detail", "absent", "/api/products/{field}/{value}/detail", ("absent", "objects")),
    Switch("product_images", "urls", "form of images[] on a product", ("urls", "objects", "ids")),
    Switch("order_shape", "full", "fields of an order: all, or only those recorded in 2014",
           ("full", "2014")),
)

_POS_LIMITS: Final = (
    Switch("pos_latency_ms", 0, "network time added to every POS answer"),
    Switch("registers", 5, "registers of the subscription: they set bucket size and drip rate"),
    Switch("bucket_size", 0, "bucket size; 0 = from the registers"),
    Switch("drip_rate", 0.0, "drips per second; 0 = from the registers"),
    Switch("burst_ceiling", 0, "requests per second; 0 = the documented share of the bucket size"),
    Switch("level_equal_size", "block", "a level exactly equal to the size", ("block", "serve")),
    Switch("nested_costs", "all", "nested entities that cost half a drip", ("all", "no_attributes", "none")),
    Switch("rate_limit_text", "Rate Limit Exceeded", "message of a 429"),
    Switch("error_bodies", "envelope", "form of 403, 404, 405, 409, 422, 429, 5xx",
           ("envelope", "html", "empty")),
    Switch("url_limit", 8192, "longest request target before 414"),
)

_POS_OAUTH: Final = (
    Switch("access_token_seconds", 3600, "life of an access token"),
    Switch("refresh_token_days", 30, "an unused refresh token dies after this"),
    Switch("code_seconds", 60, "life of an authorization code"),
    Switch("refreshes_per_minute", 5, "refresh attempts per minute and connection"),
    Switch("refresh_limit_status", 429, "HTTP status above that"),
    Switch("sibling_tokens", "revoke", "pairs from a repeated refresh once one of them is used",
           ("revoke", "keep")),
    Switch("seed_refresh_token", "rotates", "the well-known first refresh token", ("rotates", "always")),
    Switch("token_scope_field", "reject", "a scope field on token calls", ("reject", "ignore")),
    Switch("redirect_uri", "https://localhost/callback", "registered redirect URI of the client"),
    Switch("denied_rights", "", "rights the employee lacks, comma separated (403, absent from Session)"),
    Switch("single_shop", False, "the employee is bound to one shop (Session)"),
)

_POS_QUERY: Final = (
    Switch("upc_in", "accept", "IN on upc and ean", ("accept", "reject")),
    Switch("relation_in", "accept", "IN on a relation's field: works, 400, no filter at all, or taken for the value",
           ("accept", "reject", "ignore", "literal")),
    Switch("in_strings", "any", "quoting of strings in an IN list", ("any", "plain", "json")),
    Switch("upc_compare", "string", "comparison of upc and ean values", ("string", "number")),
    Switch("like_without_wildcard", "contains", "~ without %", ("contains", "starts", "equals")),
    Switch("text_compare", "insensitive", "equality of texts", ("insensitive", "sensitive")),
    Switch("or_pipe", "both", "an encoded pipe separates or= operands too, unless a raw one does",
           ("both", "raw")),
    Switch("unknown_filter", "ignore", "a filter on a field that does not exist", ("ignore", "error")),
    Switch("empty_list", "absent", "entity key of a list without rows", ("absent", "array", "string")),
    Switch("empty_relation", "absent", "a loaded relation without rows", ("absent", "string")),
    Switch("missing_item", "404", "GET of a missing Item or Image", ("404", "200")),
)

_POS_RECORDS: Final = (
    Switch("early_ordered_date", "stored",
           "orderedDate before the first line: stored without effect, dropped, or effective with that line",
           ("stored", "dropped", "counts_later")),
    Switch("order_note", "ignore", "writing Note on an Order", ("ignore", "accept")),
    Switch("order_custom_fields", "ignore", "writing CustomFieldValues on an Order", ("ignore", "accept")),
    Switch("order_money_fields", "ignore", "writing shippingCostMethod, discount*, vendorCurrency*, "
           "ship/otherVendorCost on an Order", ("ignore", "accept")),
    Switch("b2b_fields", "accept", "writing b2bOrderUID, b2bOrderNumber, b2bSellerUID", ("accept", "ignore")),
    Switch("lines_in_put_order", "ignore", "OrderLines nested in PUT Order", ("ignore", "accept")),
    Switch("items_in_post_matrix", "ignore", "Items nested in POST ItemMatrix", ("ignore", "accept")),
    Switch("item_tags", "ignore", "writing Tags on an Item", ("ignore", "accept")),
    Switch("refnum_filter", "works", "filtering orders by refNum", ("works", "ignored")),
    Switch("refnum_length", 255, "longest refNum"),
    Switch("description_length", 255, "longest description"),
    Switch("sku_length", 255, "longest customSku and manufacturerSku"),
    Switch("too_long", "truncate", "a text above its length", ("truncate", "reject")),
    Switch("upc_rule", "digits",
           "accepted upc and ean: 11-14 digits, the same with a right check digit, or any",
           ("digits", "check_digit", "any")),
    Switch("archived_blocks_upc", True, "an archived item still holds its upc and ean"),
    Switch("codes_across_fields", True, "a upc may not equal another item's ean, and the reverse"),
    Switch("duplicate_lines", "keep", "the same item twice on one order", ("keep", "merge", "reject")),
    Switch("vendor_names_unique", False, "a second vendor of the same name is refused"),
    Switch("vendor_put_omits_name", True, "PUT Vendor replies without a name that was not sent (recorded)"),
    Switch("vendor_cost_feature", False, "ItemVendorNum keeps its cost"),
    Switch("variants_inherit", False, "a variant takes prices, tax class and vendor from its matrix"),
    Switch("ordered_raises_backorder", True, "an Ordered purchase order counts in ItemShop.backorder"),
    Switch("closed_order_lines", "400", "changing lines of a Check-In or Finished order",
           ("400", "422", "allow")),
    Switch("cost_precision", 2, "decimals kept of line costs; -1 = unrounded"),
)
# fmt: on

SWITCHES: Final[dict[str, Switch]] = {
    switch.name: switch for switch in _NUORDER + _POS_LIMITS + _POS_OAUTH + _POS_QUERY + _POS_RECORDS
}


class Switches:
    """The current answers. Reads are typed, because a wrong type here would show far away."""

    def __init__(self, start: dict[str, Any] | None = None) -> None:
        self._start = {name: switch.default for name, switch in SWITCHES.items()}
        self._start |= self._parsed(start or {})
        self._values = dict(self._start)

    @staticmethod
    def _parsed(given: dict[str, Any]) -> dict[str, Value]:
        unknown = sorted(set(given) - set(SWITCHES))
        if unknown:
            raise ValueError(f"no such switch: {', '.join(unknown)}")
        return {name: SWITCHES[name].parse(value) for name, value in given.items()}

    def set(self, given: dict[str, Any]) -> None:
        """Change some switches; nothing changes when one of them is wrong."""
        self._values |= self._parsed(given)

    def reset(self) -> None:
        """Back to what the sandbox was started with."""
        self._values = dict(self._start)

    def as_dict(self) -> dict[str, Value]:
        """All current values."""
        return dict(self._values)

    def on(self, name: str) -> bool:
        """A true/false switch."""
        return bool(self._values[name])

    def text(self, name: str) -> str:
        """A switch with named choices, or free text."""
        return str(self._values[name])

    def number(self, name: str) -> float:
        """A numeric switch."""
        return float(self._values[name])

    def whole(self, name: str) -> int:
        """A numeric switch that counts something."""
        return int(self._values[name])
