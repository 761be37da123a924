"""Runs that wait for days do not stop the schedule."""

from __future__ import annotations

import pytest
from support.airflow_place import Place

WAITING = 400

START = """
import json
from datetime import datetime, timedelta, timezone
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.models.dagbundle import DagBundleModel
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import func, select

ID = "nuorder_po_export"
with create_session() as session:
    session.merge(DagBundleModel(name="here"))
sync_bag_to_db(DagBag(bundle_name="here"), "here", None)
now = datetime.now(timezone.utc)
with create_session() as session:
    session.get(DagModel, ID).is_paused = False
    for number in range(COUNT + 1):
        at = now - timedelta(minutes=30 * (COUNT - number) + 1)
        session.add(DagRun(
            dag_id=ID, run_id=f"waiting__{number}", logical_date=at, run_after=at,
            run_type=DagRunType.SCHEDULED, triggered_by=DagRunTriggeredByType.TIMETABLE,
            state=DagRunState.QUEUED if number == COUNT else DagRunState.RUNNING,
            start_date=None if number == COUNT else at,
        ))
runner = SchedulerJobRunner(job=Job())
with create_session() as session:
    runner._start_queued_dagruns(session)
with create_session() as session:
    mine = select(DagRun.state, func.count()).where(DagRun.run_id.startswith("waiting__"))
    states = dict(session.execute(mine.group_by(DagRun.state)).all())
print(json.dumps({str(state): count for state, count in states.items()}))
"""


@pytest.mark.slow
def test_with_four_hundred_runs_waiting_the_next_one_starts(migrated: Place) -> None:
    """Seven days at a run each half hour are 336 runs. Airflow's own default would hold the seventeenth back."""
    found = migrated.json(START.replace("COUNT", str(WAITING)))
    assert found == {"running": WAITING + 1}
