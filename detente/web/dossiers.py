"""`/v1/dossiers`: a pair of states over time, as JSON or as a page for a browser."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from detente.contracts.dossiers import Dossier
from detente.dossiers import open_dossier
from detente.dossiers.pages import dossier_page
from detente.web.backends import Here
from detente.web.bodies import JSON
from detente.web.callers import Reader
from detente.web.headers import IfNoneMatch, tagged
from detente.web.negotiations import chosen
from detente.web.parameters import Day
from detente.web.problems import COMMON, UNCHANGED, problems

router = APIRouter(prefix="/v1/dossiers", tags=["dossiers"])

HTML = "text/html"
#: The page is made of words from anywhere; whatever might slip through its escaping must not run.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
PairPath = Annotated[str, Path(pattern=r"^[A-Z]{3}-[A-Z]{3}$", description="two alpha-3 codes", examples=["PAK-RUS"])]


class DossierAsked(BaseModel):
    """Which span of time."""

    model_config = ConfigDict(extra="forbid")

    since: Day | None = None
    until: Day | None = None


@router.get(
    "/{pair}", summary="Look at a dossier", response_model=Dossier,
    responses={
        200: {"description": "The dossier, or a page that shows it", "content": {HTML: {"schema": {"type": "string"}}}},
        **UNCHANGED,
        **problems(*COMMON, 406),
    },
)  # fmt: skip
def show_dossier(
    pair: PairPath, request: Request, caller: Reader, here: Here, asked: Annotated[DossierAsked, Query()],
    have: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """Up to date, and kept so from then on. Without `since`: the year before the last finding."""
    kind = chosen(request.headers.get("accept"), (JSON, HTML))
    first, _, second = pair.partition("-")
    dossier = open_dossier(here.store, (first, second), since=asked.since, until=asked.until)
    if kind == HTML:
        page = dossier_page(dossier).encode()
        return tagged(request, page, media_type=f"{HTML}; charset=utf-8", Content_Security_Policy=POLICY)
    return tagged(request, dossier.model_dump(mode="json", by_alias=True))
