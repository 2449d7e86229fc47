"""`/healthz` and `/readyz`, without a key and without details; `/metrics`, which Prometheus asks for with one."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from detente.metrics import CONTENT_TYPE, render
from detente.web.backends import Here
from detente.web.callers import Operator
from detente.web.problems import COMMON, problems

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str


@router.get("/healthz", summary="Is the API alive?", response_model=Health)
def is_alive() -> Health:
    return Health(status="alive")


@router.get("/readyz", summary="Do Redis and the store answer?", response_model=Health, responses=problems(503))
def is_ready(here: Here) -> Health:
    here.client.ping()
    here.store.check()
    return Health(status="ready")


@router.get(
    "/metrics", summary="What Prometheus is told", response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(*COMMON)},
)  # fmt: skip
def show_metrics(caller: Operator, here: Here) -> Response:
    """Counters of all processes, queues and workers. It names tenants, so it needs the scope `operate`."""
    return Response(render(here.client.redis), media_type=CONTENT_TYPE)
