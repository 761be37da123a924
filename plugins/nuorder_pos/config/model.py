"""What the brands file may say, as frozen values.

The types refuse what YAML turns into something else than was meant: a number where text is wanted, a float where an
amount is wanted, a year where a date is wanted.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr
from pydantic_core import PydanticCustomError

ADDRESS_KEYS = (
    "address1",
    "address2",
    "city",
    "state",
    "zip",
    "country",
    "phone",
    "email",
    "rep_first_name",
    "rep_last_name",
)


def _amount(value: Any) -> Decimal:
    """Money as text or whole number. A float has already lost what was written (``0.1 + 0.2``), so it is refused."""
    if isinstance(value, Decimal):
        amount = value
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        try:
            amount = Decimal(str(value).strip())
        except InvalidOperation:
            raise PydanticCustomError("amount", 'must be an amount such as "500.00"') from None
    elif isinstance(value, float):
        raise PydanticCustomError("amount", 'must be in quotes, because it is money: "500.00"')
    else:
        raise PydanticCustomError("amount", 'must be an amount in quotes, such as "500.00"')
    if not amount.is_finite() or amount < 0:
        raise PydanticCustomError("amount", "must be 0 (never) or a positive amount")
    return amount


def _day(value: Any) -> Any:
    """A calendar day. Pydantic would read the number 2026 as seconds since 1970."""
    if isinstance(value, datetime) or not isinstance(value, (date, str)):
        raise PydanticCustomError("day", "must be a date such as 2026-01-31")
    try:
        return value if isinstance(value, date) else date.fromisoformat(value.strip())
    except ValueError:
        raise PydanticCustomError("day", "must be a date such as 2026-01-31") from None


Text = Annotated[StrictStr, Field(min_length=1)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Day = Annotated[date, BeforeValidator(_day)]
Address = dict[Literal[ADDRESS_KEYS], Text]  # type: ignore[valid-type]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class AutoApprove(_Frozen):
    """When an order with nothing open is approved without a person."""

    max_total: Amount
    """Largest order total, in the account's currency; 0 = never."""


class BrandConfig(_Frozen):
    """One brand, read with its own NuORDER credentials."""

    name: Text
    nuorder_conn_id: Text
    since: Day | None = None
    """Orders created before this day are only listed; ``None`` = the day the brand was first seen."""
    vendor: Text | None = None
    """Name or id of the POS vendor; ``None`` = the vendor of the brand's name."""
    shop: Text | None = None
    expected_date: Literal["ship_end", "ship_start"] = "ship_end"
    auto_approve: AutoApprove | None = None
    vendor_address: Address | None = None
    """Written when the vendor is created."""
    category: StrictBool = False
    tags: StrictBool = False


def dag_id_of(account: str) -> str:
    """The DAG that exports the orders of an account; ``main`` keeps the plain name."""
    return "nuorder_po_export" if account == "main" else f"nuorder_po_export__{account}"


class AccountConfig(_Frozen):
    """One POS account and the brands whose orders it receives."""

    name: Text
    lightspeed_conn_id: Text = "lightspeed_default"
    schedule: Text | None = "*/30 * * * *"
    """A cron expression or a preset such as ``@hourly``; ``None`` = runs are started by hand."""
    brands: tuple[BrandConfig, ...]
    decision_days: Annotated[StrictInt, Field(ge=1, le=365)] = 7
    """Days after which an undecided order expires."""
    write_b2b: StrictBool = False
    """Write ``b2bOrderUID`` and ``b2bOrderNumber``, which belong to Lightspeed's own link."""
    waiting_time: Annotated[StrictInt, Field(ge=1, le=3600)] = 120
    """Seconds after which a request can no longer be in flight."""
    cost_decimals: Annotated[StrictInt, Field(ge=0, le=4)] = 2
    look_in: tuple[Literal["sku", "vendor_id", "description"], ...] = ("sku", "vendor_id", "description")
    """Where else than under UPC and EAN the POS is searched for what no code finds; each costs one to two drips for 100
    lines that would become new items."""
    map_orders: Annotated[StrictInt, Field(ge=1, le=1000)] = 200
    """Most orders that one run takes; Airflow maps at most 1024."""

    def brand(self, name: str) -> BrandConfig:
        """The brand of that name. ``KeyError`` if the account has none."""
        for brand in self.brands:
            if brand.name == name:
                return brand
        raise KeyError(name)


class BrandsFile(_Frozen):
    """All accounts by name."""

    accounts: dict[str, AccountConfig]
