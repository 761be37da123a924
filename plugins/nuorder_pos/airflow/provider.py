"""What Airflow is told about this package: its connection types and their forms.

Found by the entry point ``apache_airflow_provider``. Every process reads it, so it imports nothing.
"""

from __future__ import annotations

from typing import Any


def _text(label: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": ["string", "null"], **schema}}


_ALLOW_HTTP = {
    "label": "Allow http",
    "description": "Speak plain http to another machine. Everybody on the way can read the credentials then.",
    "schema": {"type": ["boolean", "null"], "default": False},
}

_NUORDER = {
    "connection-type": "nuorder",
    "hook-class-name": "nuorder_pos.airflow.hooks.NuorderHook",
    "hook-name": "NuORDER (one brand)",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "port"],
        "relabeling": {"host": "Origin", "login": "Consumer key", "password": "Consumer secret"},
        "placeholders": {"host": "https://wholesale.nuorder.com"},
    },
    "conn-fields": {
        "token": _text("Token", "From `nuorder-pos connect nuorder`.", format="password"),
        "token_secret": _text("Token secret", "From `nuorder-pos connect nuorder`.", format="password"),
        "signature": _text(
            "Signature",
            "rfc5849 (the standard), or nuorder (the scheme of NuORDER's own documentation).",
            enum=["rfc5849", "nuorder"],
            default="rfc5849",
        ),
        "image_hosts": _text("Image hosts", "Further hosts that product images may come from, with commas."),
        "allow_http": _ALLOW_HTTP,
    },
}

_LIGHTSPEED = {
    "connection-type": "lightspeed_retail",
    "hook-class-name": "nuorder_pos.airflow.hooks.LightspeedRetailHook",
    "hook-name": "Lightspeed Retail POS (R-Series)",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "port"],
        "relabeling": {"host": "Origin of the API", "login": "Client id", "password": "Client secret"},
        "placeholders": {"host": "https://api.lightspeedapp.com"},
    },
    "conn-fields": {
        "account_id": _text("Account id", "Number of the POS account."),
        "refresh_token": _text(
            "Refresh token",
            "The first one. Its successors are kept in the project's database; a new one here replaces them.",
            format="password",
        ),
        "auth_url": _text("Origin of the login", "https://cloud.lightspeedapp.com if empty."),
        "backoffice_url": _text(
            "Origin of the back office",
            "Regional, for links to purchase orders: https://us.merchantos.com if empty.",
        ),
        "allow_http": _ALLOW_HTTP,
    },
}


def get_provider_info() -> dict[str, Any]:
    """The provider's description in Airflow's terms; the name must be that of the installed distribution."""
    return {
        "package-name": "nuorder-pos",
        "name": "NuORDER to Lightspeed Retail POS",
        "description": "Finalized NuORDER orders become purchase orders in Lightspeed Retail POS.",
        "connection-types": [_NUORDER, _LIGHTSPEED],
    }
