"""The account and the small lists that an order needs: shops, vendors, brands, price levels, attribute sets."""

from __future__ import annotations

from urllib.parse import quote

from nuorder_pos.clients import pos_records, v3
from nuorder_pos.clients.classify import UnexpectedBody
from nuorder_pos.clients.costs import read_cost
from nuorder_pos.clients.pos_api import PosApi
from nuorder_pos.domain.pos import NamedRecord, PosAccount, PosShop, PosVendor

NEEDED_RIGHTS = ("purchase_orders", "product_edit", "product_cost", "vendors", "manufacturers")


class AccountReads(PosApi):
    """Reads of the account and its small lists. Archived vendors are among the vendors, marked."""

    def account(self) -> PosAccount:
        """The account with its currency."""
        url = f"{self._origin}/API/V3/Account/{quote(self.account_id, safe='')}.json"
        data = self._read(url, read_cost("Account", single=True)).data
        if not isinstance(data, dict):
            raise UnexpectedBody("Lightspeed answered with something that is no account.")
        inner = data.get("Account")
        return pos_records.account(inner if isinstance(inner, dict) else data, self.account_id)

    def session_rights(self) -> dict[str, bool]:
        """The rights of the employee who authorised the connection, by name; they change live."""
        return {
            name: v3.boolean(rights, name)
            for rights in [v3.nested(self.session(), "Rights")]
            for name in rights
        }

    def session(self) -> v3.Row:
        """The session as the API shows it: employee, account, rights."""
        data = self._read(f"{self._origin}/API/Session.json", read_cost("Session", single=True)).data
        if not isinstance(data, dict):
            raise UnexpectedBody("Lightspeed answered with something that is no session.")
        inner = data.get("Session")
        return inner if isinstance(inner, dict) else data

    def check(self) -> str:
        """One sentence that says that the connection works and what it lacks; raises the error when it does not."""
        account, rights = self.account(), self.session_rights()
        lacking = [name for name in NEEDED_RIGHTS if not rights.get(name)]
        ending = f" The employee lacks the rights {', '.join(lacking)}." if rights and lacking else ""
        return (
            f"Lightspeed answers at {self._origin}: account {account.account_id} {account.name!r},"
            f" currency {account.currency or 'not told'}.{ending}"
        )

    def shops(self) -> list[PosShop]:
        """All live shops."""
        return [pos_records.shop(row) for row in self.query("Shop")]

    def price_levels(self) -> list[NamedRecord]:
        """All price levels. Their ids differ from account to account: go by name."""
        return [pos_records.named(row, "priceLevelID") for row in self.query("PriceLevel")]

    def attribute_sets(self) -> list[NamedRecord]:
        """All attribute sets of matrices."""
        return [pos_records.named(row, "itemAttributeSetID") for row in self.query("ItemAttributeSet")]

    def vendors(self) -> list[PosVendor]:
        """All vendors."""
        return [pos_records.vendor(row) for row in self.query("Vendor", {"archived": "true"})]

    def vendors_named(self, name: str) -> list[PosVendor]:
        """The vendors of a name, whatever its case.

        All vendors are read and compared here: whether the API's filter minds the case is not documented, and a
        pattern in it would give ``%`` and commas in a name a meaning.
        """
        return [vendor for vendor in self.vendors() if same_name(vendor.name, name)]

    def vendor(self, vendor_id: str) -> PosVendor | None:
        """One vendor, or ``None``."""
        row = self.get("Vendor", vendor_id)
        return pos_records.vendor(row) if row is not None else None

    def manufacturers_named(self, name: str) -> list[NamedRecord]:
        """The manufacturers (brands) of a name, whatever its case: by the filter first, then by reading all."""
        if not name.strip():
            return []
        found = self._manufacturers({"name": name}, name) if plain_value(name) else []
        return found or self._manufacturers({}, name)

    def _manufacturers(self, params: dict[str, str], name: str) -> list[NamedRecord]:
        records = [pos_records.named(row, "manufacturerID") for row in self.query("Manufacturer", params)]
        return [record for record in records if same_name(record.name, name)]


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for case and spaces."""
    return one.split() != [] and " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def plain_value(value: str) -> bool:
    """Whether a text can be a filter's value without its beginning being taken for an operator."""
    head = value.partition(",")[0].strip().upper()
    return bool(value) and value[0] not in "=<>!~" and not ("," in value and head in ("IN", "NOT IN"))
