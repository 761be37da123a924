"""Who is connected: session, account, rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.pos.errors import PosError
from sandbox.pos.schema import Resource
from sandbox.pos.tokens import Pair

if TYPE_CHECKING:
    from sandbox.world import World

RIGHTS: Final = (
    "admin",
    "admin_employees",
    "admin_inventory",
    "admin_purchases",
    "admin_shops",
    "admin_void_sale",
    "all_read",
    "allow_login",
    "categories",
    "customers",
    "customers_credit_limit",
    "customers_read",
    "ecom",
    "inventory",
    "inventory_base",
    "inventory_counts",
    "inventory_import",
    "inventory_read",
    "manufacturers",
    "product_cost",
    "product_edit",
    "purchase_orders",
    "register",
    "register_read",
    "reports",
    "special_orders",
    "tags",
    "transfers",
    "vendor_returns",
    "vendors",
    "workbench",
)
# What a scope grants beyond the right of its own name, as the scope page and the endpoint pages tell.
_SCOPE_GRANTS: Final = {
    "all": RIGHTS,
    "admin": RIGHTS,
    "admin_inventory": ("vendors", "manufacturers"),
    "inventory": ("inventory_read", "inventory_base"),
    "product_edit": ("product_cost",),
}


def rights(world: World, pair: Pair) -> list[str]:
    """Scope of the token and rights of the employee, both; rights change live (switch ``denied_rights``)."""
    denied = {name.strip() for name in world.switches.text("denied_rights").split(",")}
    granted: set[str] = set()
    for scope in pair.scope.split():
        name = scope.partition(":")[2]
        granted |= {name, *_SCOPE_GRANTS.get(name, ())}
    return [name for name in RIGHTS if name in granted and name not in denied]


def check_right(world: World, pair: Pair, resource: Resource, method: str) -> None:
    """Writes need the resource's right; purchase orders and stock need theirs for reading as well."""
    reading_too = resource.right in ("purchase_orders", "inventory")
    needed = resource.right if method != "GET" or reading_too else ""
    held = rights(world, pair)
    if needed == "inventory" and method == "GET":
        needed = "inventory_read"
    if needed and needed not in held:
        raise PosError(403, f"The employee does not have the right {needed}.")


def session(world: World, pair: Pair) -> dict[str, Any]:
    """``GET /API/Session.json``: no version and no account in its path; rights that are missing are
    absent."""
    employee = world.pos.session
    return {
        "sessionID": "",
        "sessionCookie": "",
        "employeeID": str(world.pos.employee_id),
        "systemCustomerID": world.account_id,
        "systemUserID": "1000",
        "systemAPIClientID": "10003",
        "systemAPIKeyID": "2000",
        "ecomUrl": "",
        "shopCount": str(len(list(world.pos.all("Shop")))),
        "Employee": {
            "employeeID": str(world.pos.employee_id),
            "firstName": employee.get("firstName", "Sam"),
            "lastName": employee.get("lastName", "Buyer"),
            "singleShop": "true" if world.switches.on("single_shop") else "false",
            "hasPin": "true",
            "isCheckedIn": "false",
        },
        "Rights": dict.fromkeys(rights(world, pair), "true"),
    }


def accounts(world: World) -> dict[str, Any]:
    """``GET Account.json``: one token sees one account."""
    return {
        "@attributes": {"count": "1"},
        "Account": {
            "accountID": world.account_id,
            "name": world.pos.account["name"],
            "link": {"@attributes": {"href": f"/API/V3/Account/{world.account_id}"}},
        },
    }


def account(world: World) -> dict[str, Any]:
    """``GET Account/{id}.json``: not wrapped."""
    held = world.pos.account
    return {
        "@attributes": {"systemCustomerID": world.account_id},
        "status": "customer",
        "name": held["name"],
        "employeeCount": "9",
        "employeeLimit": "30",
        "uniqueSubscriptionIdentifier": "SANDBOX1",
        "defaultCurrency": held["defaultCurrency"],
        "purchasingCurrencies": {"purchasingCurrency": held["purchasingCurrencies"]},
    }
