"""Many runs that each still wait for an order, as rows in Airflow's metadata database.

They are copies of a run that really waits: its `discover` has ended, one order is in the sensor and deferred, what
follows has not begun. So they are what the scheduler and the triggerer would see after as many half hours.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

DAG_ID = "nuorder_po_export"
WAIT = "order.wait_for_approval"


def copy_waiting_run(
    metadata: psycopg.Connection[Any], run_id: str, map_index: int, order_id: str, count: int
) -> None:
    """``count`` copies of the run, each waiting for the one order at ``map_index`` only."""
    with metadata.transaction():
        base = _one(metadata, "SELECT max(id) FROM trigger")
        number = sql.SQL("{} + n").format(base)
        _copy(
            metadata,
            "trigger",
            {"id": number, "triggerer_id": sql.SQL("NULL"), "created_date": sql.SQL("now()")},
            sql.SQL(
                "id = (SELECT trigger_id FROM task_instance WHERE run_id = {} AND task_id = {} AND map_index = {})"
            ).format(run_id, WAIT, map_index),
            count,
        )
        metadata.execute(
            "SELECT setval(pg_get_serial_sequence('trigger', 'id'), (SELECT max(id) FROM trigger))"
        )
        earlier = sql.SQL("- n * interval '30 minutes'")
        name = sql.SQL("'crowd__' || n")
        _copy(
            metadata,
            "dag_run",
            {
                "id": sql.SQL("nextval(pg_get_serial_sequence('dag_run', 'id'))"),
                "run_id": name,
                "logical_date": sql.SQL("logical_date {}").format(earlier),
                "run_after": sql.SQL("run_after {}").format(earlier),
                "data_interval_start": sql.SQL("data_interval_start {}").format(earlier),
                "data_interval_end": sql.SQL("data_interval_end {}").format(earlier),
            },
            sql.SQL("run_id = {}").format(run_id),
            count,
        )
        _copy(
            metadata,
            "task_instance",
            {
                "id": sql.SQL("gen_random_uuid()"),
                "run_id": name,
                "map_index": sql.SQL("CASE WHEN map_index < 0 THEN map_index ELSE 0 END"),
                "trigger_id": sql.SQL("CASE WHEN trigger_id IS NULL THEN NULL ELSE {} END").format(number),
                "external_executor_id": sql.SQL("NULL"),
            },
            sql.SQL("run_id = {} AND map_index IN (-1, {})").format(run_id, map_index),
            count,
        )
        _copy(
            metadata,
            "task_map",
            {"run_id": name, "length": sql.SQL("1"), "keys": sql.SQL("NULL")},
            sql.SQL("run_id = {}").format(run_id),
            count,
        )
        _copy(
            metadata,
            "xcom",
            {
                "dag_run_id": sql.SQL("(SELECT r.id FROM dag_run r WHERE r.run_id = 'crowd__' || n)"),
                "run_id": name,
                "value": sql.SQL("jsonb_build_array({}::text)").format(order_id),
            },
            sql.SQL("run_id = {} AND task_id = 'discover' AND key = 'return_value'").format(run_id),
            count,
        )


def waiting(metadata: psycopg.Connection[Any]) -> int:
    """Sensors that are deferred and whose trigger a triggerer runs."""
    return _one(
        metadata,
        "SELECT count(*) FROM task_instance i JOIN trigger t ON t.id = i.trigger_id "
        "WHERE i.state = 'deferred' AND t.triggerer_id IS NOT NULL",
    )


def _copy(
    metadata: psycopg.Connection[Any],
    table: str,
    changed: dict[str, sql.Composable],
    where: sql.Composable,
    count: int,
) -> None:
    """Copies rows of a table ``count`` times, with some columns changed; ``n`` is the number of the copy."""
    columns = [
        row[0]
        for row in metadata.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public' "
            "AND is_generated = 'NEVER' ORDER BY ordinal_position",
            (table,),
        )
    ]
    missing = set(changed) - set(columns)
    assert not missing, f"{table} has no column {missing}: Airflow's tables have changed"
    metadata.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}, generate_series(1, {}) n WHERE {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(changed.get(column, sql.Identifier(column)) for column in columns),
            sql.Identifier(table),
            count,
            where,
        )
    )


def _one(metadata: psycopg.Connection[Any], query: str) -> int:
    row = metadata.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0] or 0)
