"""Vendors, with their contact. The purchasing currency is read only: it is set in the back office."""

from __future__ import annotations

from typing import Any

from sandbox.pos.errors import PosError
from sandbox.pos.schema import Record
from sandbox.pos.shapes import one_or_many, row, scalar
from sandbox.pos.tables.base import Body, Table, rows_of

_CONTACT = {
    "Addresses": (
        "ContactAddress",
        ("address1", "address2", "city", "state", "stateCode", "zip", "country", "countryCode"),
    ),
    "Phones": ("ContactPhone", ("number", "useType")),
    "Emails": ("ContactEmail", ("address", "useType")),
    "Websites": ("ContactWebsite", ("url",)),
}


class Vendors(Table):
    """A vendor needs a name; whether two may share one is a switch."""

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """A name, unique by switch."""
        self.need_text(record, body, "name", "name cannot be blank.")
        name = str(body.get("name") or "").casefold()
        if not name or privileged or not self.state.switches.on("vendor_names_unique"):
            return
        if any(one is not record and one["name"].casefold() == name for one in self.state.all("Vendor")):
            raise PosError(422, "A Vendor of that name already exists.")

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        if creating:
            record |= {"_contact": None, "_reps": [], "_currency": None}
        if privileged and "purchasingCurrency" in body:
            record["_currency"] = dict(body["purchasingCurrency"])
        if isinstance(body.get("Contact"), dict):
            record["_contact"] = self._contact(body["Contact"], record["_contact"] or {})
        if "Reps" in body:
            record["_reps"] = rows_of(body, "Reps", "VendorRep")

    def _contact(self, sent: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """The known fields of a contact; others vanish without an error."""
        contact: dict[str, Any] = {"custom": str(sent.get("custom", known.get("custom", "")) or "")}
        for name in ("noEmail", "noPhone", "noMail"):
            contact[name] = str(sent.get(name, known.get(name, False))).lower() == "true"
        for wrapper, (name, fields) in _CONTACT.items():
            rows = [
                {field: str(one[field]) for field in fields if one.get(field) is not None}
                for one in rows_of(sent, wrapper, name)
            ]
            contact[wrapper] = rows if wrapper in sent else known.get(wrapper, [])
        contact["timeStamp"] = self.state.now()
        return contact

    def contact_shown(self, record: Record) -> dict[str, Any] | None:
        """The Contact relation; parts without rows are empty texts, as recorded."""
        contact = record["_contact"]
        if contact is None:
            return None
        shown: dict[str, Any] = {}
        for name, value in contact.items():
            if name in _CONTACT:
                shown[name] = {_CONTACT[name][0]: one_or_many(value)} if value else ""
            else:
                shown[name] = scalar(value)
        return shown

    def show(self, record: Record) -> dict[str, Any]:
        """As in lists and in GET by id."""
        shown = row(self.resource, record)
        if record["_currency"]:
            last = shown.pop("b2bSellerUID")
            shown["purchasingCurrency"] = {key: str(value) for key, value in record["_currency"].items()}
            shown["b2bSellerUID"] = last
        return shown

    def reply(self, record: Record, body: Body, verb: str) -> dict[str, Any]:
        """A recorded PUT reply lacks the name that was not sent; nested parts are echoed when sent."""
        shown = row(self.resource, record)
        if verb == "PUT" and "name" not in body and self.state.switches.on("vendor_put_omits_name"):
            del shown["name"]
        if "Contact" in body:
            contact = self.contact_shown(record)
            if contact:
                shown["Contact"] = contact
        return shown
