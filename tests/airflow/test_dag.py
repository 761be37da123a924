"""The DAG as Airflow sees it: ids, labels, parameters, docs, what parsing it imports, and a wrong brands file."""

from __future__ import annotations

from typing import Any

import pytest
from support.airflow_place import ROOT, Place

from nuorder_pos.airflow.liveness import TASK_IDS

PARSED = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag()
dags = {}
for dag in bag.dags.values():
    dags[dag.dag_id] = {
        "schedule": dag.schedule,
        "catchup": dag.catchup, "max_active_runs": dag.max_active_runs, "start": str(dag.start_date),
        "doc": dag.doc_md, "params": {name: {"value": param.value, **param.schema, "about": param.description}
                                     for name, param in dag.params.items()},
        "tasks": {task.task_id: {"label": task.map_index_template, "retries": task.retries, "doc": task.doc_md,
                                 "policy": vars(task.retry_policy), "account": task.account,
                                 "below": sorted(task.downstream_task_ids),
                                 "links": [link.name for link in task.operator_extra_links],
                                 "deferrable": getattr(task, "deferrable", None),
                                 "limit": str(task.execution_timeout)}
                  for task in dag.tasks},
    }
print(json.dumps({"errors": list(bag.import_errors.values()), "dags": dags}))
"""

LOADED_BY_THE_DAG_FILE = """
import json, runpy, sys
from datetime import datetime, timezone
from airflow.sdk import DAG, BaseOperator, BaseSensorOperator, Param, task_group
with DAG("empty", schedule="*/5 * * * *", start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)):
    BaseOperator(task_id="nothing")
before = set(sys.modules)
runpy.run_path(sys.argv[1] if len(sys.argv) > 1 else {path!r})
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.fixture(scope="module")
def parsed(migrated: Place) -> dict[str, Any]:
    """What Airflow makes of the DAG file with two accounts."""
    brands = """
accounts:
  main:
    schedule: "0 6 * * *"
    waiting_time: 45
    map_orders: 50
    brands:
      - {name: Acme Outdoor, nuorder_conn_id: nuorder_acme}
      - {name: "Nørdlys & Søn", nuorder_conn_id: nuorder_nordlys}
  outlet:
    schedule: null
    brands: [{name: Acme Outdoor, nuorder_conn_id: nuorder_acme_outlet}]
"""
    path = migrated.folder / "two accounts.yaml"
    path.write_text(brands, encoding="utf-8")
    found = migrated.json(PARSED, NUORDER_POS_BRANDS=str(path))
    assert isinstance(found, dict)
    return found


def test_every_account_has_a_dag_of_the_same_make(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == []
    assert sorted(parsed["dags"]) == ["nuorder_po_export", "nuorder_po_export__outlet"]
    main, outlet = parsed["dags"]["nuorder_po_export"], parsed["dags"]["nuorder_po_export__outlet"]
    assert sorted(main["tasks"]) == sorted(outlet["tasks"])
    assert {task["account"] for task in main["tasks"].values()} == {"main"}
    assert {task["account"] for task in outlet["tasks"].values()} == {"outlet"}
    assert (main["schedule"], outlet["schedule"]) == ("0 6 * * *", None)


def test_each_order_goes_its_four_steps(parsed: dict[str, Any]) -> None:
    tasks = parsed["dags"]["nuorder_po_export"]["tasks"]
    in_group = sorted(name for name in tasks if name.startswith("order."))
    # Everything in the group needs the list it is mapped over, and so comes after `discover`.
    assert {name: task["below"] for name, task in tasks.items()} == {
        "discover": sorted(["look_up_together", *in_group]),
        "look_up_together": ["order.match_report"],
        "order.match_report": ["order.wait_for_approval"],
        "order.wait_for_approval": ["order.export"],
        "order.export": ["order.verify"],
        "order.verify": [],
    }
    assert sorted(TASK_IDS) == in_group, "what liveness asks for"
    mapped = {name: task for name, task in tasks.items() if name.startswith("order.")}
    assert {task["label"] for task in mapped.values()} == {"{{ task.order_label }}"}
    assert tasks["order.wait_for_approval"]["deferrable"] is True
    assert [name for name, task in tasks.items() if task["links"] == ["View PO"]] == [
        "order.export",
        "order.verify",
    ]


def test_waiting_has_no_limit_and_does_not_stop_the_schedule(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["nuorder_po_export"]
    assert dag["max_active_runs"] >= 400
    assert dag["catchup"] is False
    assert dag["tasks"]["order.wait_for_approval"]["limit"] == "None"
    assert dag["tasks"]["order.export"]["limit"] == "2:00:00"


def test_every_task_is_retried_by_the_kind_of_error(parsed: dict[str, Any]) -> None:
    for task in parsed["dags"]["nuorder_po_export"]["tasks"].values():
        assert task["retries"] == 20
        assert task["policy"] == {"waiting_time": 45}


def test_people_find_docs_in_the_ui(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["nuorder_po_export"]
    assert "exactly once" in dag["doc"]
    assert all(task["doc"] for task in dag["tasks"].values())


def test_the_form_under_trigger(parsed: dict[str, Any]) -> None:
    params = parsed["dags"]["nuorder_po_export"]["params"]
    assert {name: param["value"] for name, param in params.items()} == {
        "order_numbers": [],
        "brands": [],
        "max_orders": 50,
    }
    assert {name: param["type"] for name, param in params.items()} == {
        "order_numbers": "array",
        "brands": "array",
        "max_orders": "integer",
    }
    assert params["brands"]["items"]["enum"] == ["Acme Outdoor", "Nørdlys & Søn"]
    assert all(param["about"] for param in params.values())


def test_parsing_imports_nothing_heavy(place: Place) -> None:
    """Compared with a DAG file that holds one empty task: each parse would pay for it."""
    loaded = place.json(
        LOADED_BY_THE_DAG_FILE.replace("{path!r}", repr(str(ROOT / "dags/nuorder_po_export.py")))
    )
    assert isinstance(loaded, list)
    assert [name for name in loaded if name.startswith("nuorder_pos")] != []
    heavy = ("pandas", "numpy", "sqlalchemy", "alembic", "requests", "requests_oauthlib", "airflow.models")
    ours = ("nuorder_pos.clients", "nuorder_pos.store", "nuorder_pos.pipeline", "nuorder_pos.domain")
    assert [name for name in loaded if name.startswith((*heavy, *ours))] == []


def test_a_mistake_in_the_brands_file_is_an_import_error_that_says_what(migrated: Place) -> None:
    path = migrated.folder / "wrong.yaml"
    path.write_text("accounts:\n  main:\n    brands:\n      - {name: Acme, nuorder_con_id: nuorder_acme}\n")
    found = migrated.json(PARSED, NUORDER_POS_BRANDS=str(path))
    assert isinstance(found, dict)
    assert found["dags"] == {}
    (error,) = found["errors"]
    assert (
        f"{path}, line 4: 'nuorder_con_id' is not a setting of a brand; did you mean 'nuorder_conn_id'?"
        in error
    )
