"""What the tasks of one order have in common."""

from __future__ import annotations

import logging
import os
from contextlib import AbstractContextManager
from functools import cached_property
from inspect import getdoc
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.definitions.context import Context

from nuorder_pos.airflow.retry import sentence
from nuorder_pos.errors import NeedsMerchant, NuorderPosError

if TYPE_CHECKING:
    from nuorder_pos.pipeline.work import RunRef, Work

_log = logging.getLogger(__name__)


class OrderTask(BaseOperator):
    """A task for one order of one account. Subclasses say in ``execute`` which part of the pipeline they call."""

    template_fields = ("order_id",)
    recorded_by_pipeline: ClassVar[tuple[type[Exception], ...]] = (NeedsMerchant,)
    """Errors whose reason the pipeline writes down itself, together with the state that goes with it."""

    def __init__(self, *, account: str, order_id: str, **kwargs: Any) -> None:
        # Airflow renders the label once before `execute` and once after it, but not before a deferral. So it comes
        # from the task itself and not from the context, or a waiting order would show its bare position.
        kwargs.setdefault("map_index_template", "{{ task.order_label }}")
        kwargs.setdefault("doc_md", getdoc(type(self)))
        super().__init__(**kwargs)
        self.account = account
        self.order_id = order_id
        self.on_failure_callback = [record_and_release, *self.on_failure_callback]

    @cached_property
    def order_label(self) -> str:
        """``<brand> <order number>``. The order's id if the database does not answer: a label fails no task."""
        from nuorder_pos import runtime
        from nuorder_pos.pipeline import orders

        try:
            return orders.label(runtime.open_engine(), self.order_id)
        except Exception as error:  # noqa: BLE001
            self.log.warning("No label for order %s: %s", self.order_id, error)
            return self.order_id

    def work(self) -> AbstractContextManager[Work]:
        """Clients, database and settings of the account."""
        from nuorder_pos import runtime

        return runtime.open_work(self.account)


def run_of(context: Context) -> RunRef:
    """The present run, as claims name it."""
    from nuorder_pos.pipeline.work import RunRef

    return RunRef(dag_id=context["ti"].dag_id, run_id=context["ti"].run_id)


def holder_of(context: Context) -> str:
    """A name for this attempt that no other attempt has, also when two attempts of one task run at once."""
    import socket

    ti = context["ti"]
    position = -1 if ti.map_index is None else ti.map_index
    return f"{ti.dag_id}/{ti.run_id}/{position}/{ti.try_number}/{socket.gethostname()}/{os.getpid()}"


def release(order_id: str, context: Context) -> None:
    """Ends this run's claim. Only politeness, so it fails nothing: a claim whose run has ended does not count."""
    from nuorder_pos import runtime
    from nuorder_pos.pipeline import orders

    try:
        orders.release(runtime.open_engine(), order_id, run_of(context))
    except NuorderPosError as error:
        _log.warning("The claim on order %s ends with this run, not before: %s", order_id, error)


def record(context: Context) -> None:
    """The order keeps the reason why it does not go on."""
    from nuorder_pos import runtime
    from nuorder_pos.pipeline import orders

    task, error = context["task"], context.get("exception")
    if not isinstance(task, OrderTask) or not isinstance(task.order_id, str):
        return  # called for a killed task, outside of it, where nothing was rendered
    if not isinstance(error, task.recorded_by_pipeline):
        reason = sentence(error) if isinstance(error, BaseException) else "The task ended without saying why."
        orders.failed(runtime.open_engine(), task.order_id, reason)


def record_and_release(context: Context) -> None:
    """After the last attempt: ``record``, and the next run may take the order up."""
    record(context)
    if isinstance(order_id := getattr(context["task"], "order_id", None), str):
        release(order_id, context)
