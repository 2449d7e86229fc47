"""`/v1/webhooks`: who is told when jobs and batches end, and how each delivery went."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from detente.client import new_id
from detente.contracts import Delivery, DeliveryState, Webhook, WebhookAsked
from detente.errors import UnknownWebhook
from detente.storage import KeptWebhook
from detente.web.backends import Backends, Here
from detente.web.bodies import JsonBytes, parsed, request_body
from detente.web.callers import Operator
from detente.web.headers import accepted
from detente.web.parameters import Asked
from detente.web.problems import COMMON, problems
from detente.web.schemas import HEADERS_202
from detente.web.searches import Kind
from detente.webhooks.deliveries import announce_to, deliver_again, test_event, through
from detente.webhooks.endpoints import made_of, rotated

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

#: As `detente webhooks rotate` has it.
ROTATION_HOURS = 24.0
_EXAMPLES = {"all ends": {"value": {"url": "https://example.org/hooks", "events": ["job.done", "job.dead", "batch.done"]}}}


class WebhookGiven(WebhookAsked):
    """A webhook to be added."""

    kinds: Annotated[tuple[Kind, ...], Field(max_length=100)] = Field(default=(), description="none for all")


class WebhooksShown(BaseModel):
    """The webhooks, the oldest first. Secrets are masked."""

    rows: list[Webhook]


class DeliveriesPage(BaseModel):
    """Some deliveries, the newest first, and where to go on."""

    rows: list[Delivery]
    next: str | None = Field(description="pass it on as `after` for the next page; null on the last")


class Deliveries(Asked):
    """Which deliveries."""

    state: DeliveryState | None = None


@router.post(
    "", summary="Add a webhook", status_code=201, response_model=Webhook, responses=problems(*COMMON, 408, 413, 415),
    openapi_extra=request_body(WebhookGiven, examples=_EXAMPLES),
)  # fmt: skip
def add_webhook(caller: Operator, body: JsonBytes, here: Here) -> JSONResponse:
    """For the key's tenant. The answer has its secret, which is not shown again."""
    made = made_of(parsed(WebhookGiven, body), tenant=caller.tenant)
    here.store.keep_webhook(made)
    place = {"Location": f"/v1/webhooks/{made.webhook.id}"}
    return JSONResponse(_with_secret(made).model_dump(mode="json"), 201, headers=place)


@router.get("", summary="List webhooks", response_model=WebhooksShown, responses=problems(*COMMON))
def list_webhooks(caller: Operator, here: Here) -> WebhooksShown:
    """Those of all tenants."""
    return WebhooksShown(rows=[kept.webhook for kept in here.store.webhooks()])


@router.get("/{id:uuid}", summary="Look at a webhook", response_model=Webhook, responses=problems(*COMMON, 404))
def show_webhook(id: UUID, caller: Operator, here: Here) -> Webhook:
    """Its secret is masked."""
    return here.store.webhook(str(id)).webhook


@router.delete("/{id:uuid}", summary="Remove a webhook", status_code=204, responses=problems(*COMMON, 404))
def remove_webhook(id: UUID, caller: Operator, here: Here) -> Response:
    """The log of its deliveries stays for a month."""
    here.store.remove_webhook(str(id))
    return Response(status_code=204)


@router.post(
    "/{id:uuid}/test", summary="Try a webhook", status_code=202, response_model=Delivery,
    responses={202: {"headers": HEADERS_202}, **problems(*COMMON, 404)},
)  # fmt: skip
def try_webhook(id: UUID, caller: Operator, here: Here) -> JSONResponse:
    """Sends it the event `webhook.test`."""
    kept = here.store.webhook(str(id))
    delivery = announce_to(kept, test_event(kept, id=new_id()), store=here.store, submit=through(here.client))
    return _on_its_way(here, delivery)


@router.get(
    "/{id:uuid}/deliveries", summary="List deliveries", response_model=DeliveriesPage, responses=problems(*COMMON, 404)
)  # fmt: skip
def list_deliveries(id: UUID, caller: Operator, here: Here, asked: Annotated[Deliveries, Query()]) -> DeliveriesPage:
    """With all attempts, also of a webhook that was removed."""
    page = here.store.find_deliveries(webhook=str(id), state=asked.state, limit=asked.limit, after=asked.after)
    return DeliveriesPage(rows=list(page.rows), next=page.after)


@router.post(
    "/{id:uuid}/deliveries/{delivery:uuid}/replay", summary="Deliver again", status_code=202, response_model=Delivery,
    responses={202: {"headers": HEADERS_202}, **problems(*COMMON, 404)},
)  # fmt: skip
def replay_delivery(id: UUID, delivery: UUID, caller: Operator, here: Here) -> JSONResponse:
    """From the beginning of the schedule, with the same `webhook-id`."""
    kept = here.store.delivery(str(delivery))
    if kept.delivery.webhook != str(id):
        raise UnknownWebhook(f"the webhook has no delivery {str(delivery)!r}")
    deliver_again(kept, store=here.store, submit=through(here.client), job_id=new_id())
    return _on_its_way(here, str(delivery))


@router.post("/{id:uuid}/enable", summary="Enable a webhook", response_model=Webhook, responses=problems(*COMMON, 404))
def enable_webhook(id: UUID, caller: Operator, here: Here) -> Webhook:
    """What was on its way to it and dropped can be delivered again; of what happens while it is disabled nothing is kept."""
    here.store.enable_webhook(str(id), enabled=True)
    return here.store.webhook(str(id)).webhook


@router.post("/{id:uuid}/disable", summary="Disable a webhook", response_model=Webhook, responses=problems(*COMMON, 404))
def disable_webhook(id: UUID, caller: Operator, here: Here) -> Webhook:
    """It is told of nothing until it is enabled."""
    here.store.enable_webhook(str(id), enabled=False)
    return here.store.webhook(str(id)).webhook


@router.post("/{id:uuid}/rotate", summary="Give a webhook a new secret", response_model=Webhook, responses=problems(*COMMON, 404))
def rotate_webhook(id: UUID, caller: Operator, here: Here) -> Webhook:
    """The answer has it; it is not shown again. For a day requests bear signatures of the old one too."""
    made = rotated(here.store.webhook(str(id)), hours=ROTATION_HOURS)
    here.store.keep_webhook(made)
    return _with_secret(made)


def _with_secret(made: KeptWebhook) -> Webhook:
    return made.webhook.model_copy(update={"secret": made.secret})


def _on_its_way(here: Backends, delivery: str) -> JSONResponse:
    shown = here.store.delivery(delivery).delivery
    return accepted(shown.model_dump(mode="json"), location=f"/v1/webhooks/{shown.webhook}/deliveries")
