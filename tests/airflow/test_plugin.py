"""How Airflow finds the package: plugin, provider, connection forms; and what it must not load."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from support.airflow_place import ROOT, Place

from nuorder_pos.airflow.hooks import LightspeedRetailHook, NuorderHook
from nuorder_pos.airflow.provider import get_provider_info

LOAD_PLUGINS = """
import json, sys
before = set(sys.modules)
from airflow import plugins_manager
plugins, errors = plugins_manager._get_plugins()
from airflow.sdk import plugins_manager as of_tasks
plugins_of_tasks, errors_of_tasks = of_tasks._get_plugins()
import http, errno
files = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
print(json.dumps({
    "names": [plugin.name for plugin in plugins], "errors": errors,
    "names_of_tasks": [plugin.name for plugin in plugins_of_tasks], "errors_of_tasks": errors_of_tasks,
    "from_checkout": sorted(name for name, file in files.items() if file.startswith(ROOT)),
    "http": http.__name__ + " " + http.HTTPStatus.OK.name,
}))
"""

VIEWS = """
import json
from airflow import plugins_manager
views, _ = plugins_manager._get_ui_plugins()
apps, _ = plugins_manager.get_fastapi_plugins()
print(json.dumps({
    "views": [[v["destination"], v["url_route"], v["href"]] for v in views if "nuorder" in v["href"]],
    "prefixes": [app["url_prefix"] for app in apps],
}))
"""

BROKEN = """
import json, sys
sys.modules["nuorder_pos.web.app"] = None
from airflow import plugins_manager
print(json.dumps(len(plugins_manager.get_fastapi_plugins()[0])))
"""

FORMS = """
import json
from airflow.providers_manager import ProvidersManager
manager = ProvidersManager()
hooks = {name: manager.hooks[name] for name in ("nuorder", "lightspeed_retail")}
print(json.dumps({
    "hooks": {name: [hook.hook_class_name, hook.connection_id_attribute_name] for name, hook in hooks.items()},
    "fields": sorted(name for name in manager.connection_form_widgets if name.startswith(
        ("extra__nuorder__", "extra__lightspeed_retail__"))),
    "sensitive": sorted(name for name, widget in manager.connection_form_widgets.items()
                        if widget.is_sensitive and ("nuorder" in name or "lightspeed" in name)),
    "behaviour": {name: manager.field_behaviours[name] for name in ("nuorder", "lightspeed_retail")},
}))
"""


def test_the_plugin_is_loaded_once_and_nothing_else_is_run(place: Place) -> None:
    """Airflow runs every file below the plugins folder under its bare name, unless ``.airflowignore`` names it."""
    found = place.json(LOAD_PLUGINS.replace("ROOT", repr(str(ROOT / "plugins"))))
    assert isinstance(found, dict)
    for who in ("", "_of_tasks"):
        assert found[f"names{who}"].count("nuorder_pos") == 1
        assert found[f"errors{who}"] == {}
    bare = [name for name in found["from_checkout"] if not name.startswith("nuorder_pos")]
    assert bare == [], "modules of the project under bare names"
    assert found["from_checkout"] == [
        "nuorder_pos",
        "nuorder_pos.airflow",
        "nuorder_pos.airflow.plugin",
        "nuorder_pos.airflow.provider",
    ]
    assert found["http"] == "http OK"


def test_the_desk_is_in_the_navigation_and_a_tab_of_each_run(place: Place) -> None:
    found = place.json(VIEWS)
    assert isinstance(found, dict)
    assert found["prefixes"] == ["/nuorder-pos"]
    assert found["views"] == [
        ["nav", "purchase-orders", "nuorder-pos/orders"],
        ["nav", "match-quality", "nuorder-pos/quality"],
        ["dag_run", "purchase-orders-of-run", "nuorder-pos/orders?dag_id={DAG_ID}&run_id={RUN_ID}"],
    ]


def test_a_desk_that_cannot_be_loaded_does_not_keep_airflow_from_starting(place: Place) -> None:
    assert place.json(BROKEN) == 0


def test_the_connection_forms(place: Place) -> None:
    found = place.json(FORMS)
    assert isinstance(found, dict)
    assert found["hooks"] == {
        "nuorder": ["nuorder_pos.airflow.hooks.NuorderHook", "nuorder_conn_id"],
        "lightspeed_retail": ["nuorder_pos.airflow.hooks.LightspeedRetailHook", "lightspeed_conn_id"],
    }
    nuorder = ("allow_http", "image_hosts", "signature", "token", "token_secret")
    lightspeed = ("account_id", "allow_http", "auth_url", "backoffice_url", "refresh_token")
    assert found["fields"] == sorted(
        [f"extra__nuorder__{name}" for name in nuorder]
        + [f"extra__lightspeed_retail__{name}" for name in lightspeed]
    )
    assert found["sensitive"] == [
        "extra__lightspeed_retail__refresh_token",
        "extra__nuorder__token",
        "extra__nuorder__token_secret",
    ]
    assert found["behaviour"]["nuorder"]["relabeling"]["login"] == "Consumer key"
    assert found["behaviour"]["lightspeed_retail"]["relabeling"]["login"] == "Client id"


def test_the_provider_info_keeps_to_airflow_s_schemas() -> None:
    import airflow

    folder = Path(airflow.__file__).parent
    info = get_provider_info()
    jsonschema.validate(info, json.loads((folder / "provider_info.schema.json").read_text()))
    full = json.loads((folder / "provider.yaml.schema.json").read_text())
    of_connections = full["properties"]["connection-types"]
    jsonschema.validate(info["connection-types"], of_connections)


@pytest.mark.parametrize("hook,number", [(NuorderHook, 0), (LightspeedRetailHook, 1)])
def test_hook_and_form_tell_the_same(hook: type[NuorderHook | LightspeedRetailHook], number: int) -> None:
    form = get_provider_info()["connection-types"][number]
    assert form["connection-type"] == hook.conn_type
    assert form["hook-class-name"] == f"{hook.__module__}.{hook.__qualname__}"
    assert form["hook-name"] == hook.hook_name
