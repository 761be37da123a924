"""The desk inside Airflow: who a visitor is, and what their role allows.

The one file that uses ``airflow.api_fastapi.core_api.security``, which is not documented as public (seen with Airflow
3.3.2). A plugin's app has no authentication of its own, so every route asks for ``Who``; a test walks over all routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

URL_PREFIX = "/nuorder-pos"


def make_app() -> FastAPI:
    """The desk, with Airflow's login and rights: who may read the DAG of an account sees its orders, who may edit that
    DAG decides on them."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
    from airflow.api_fastapi.core_api.security import GetUserDep
    from airflow.models.dag import DagModel  # noqa: TID251 - the API server, whose database it is

    from nuorder_pos.config import dag_id_of
    from nuorder_pos.web import access
    from nuorder_pos.web.app import make_app as make_desk

    def visitor(user: GetUserDep) -> access.Visitor:
        def may(method: Any, account: str) -> bool:
            dag_id = dag_id_of(account)
            details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
            return get_auth_manager().is_authorized_dag(method=method, details=details, user=user)

        return access.Visitor(
            user.get_name(),
            may_read=lambda account: may("GET", account),
            may_decide=lambda account: may("PUT", account),
        )

    # The annotation is a name of this function's, which FastAPI cannot look up as text.
    visitor.__annotations__["user"] = GetUserDep
    app = make_desk()
    app.dependency_overrides[access.visitor] = visitor
    return app
