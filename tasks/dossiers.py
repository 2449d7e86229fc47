"""Keep dossiers fresh."""

from __future__ import annotations

from detente.contracts import Progress
from detente.contracts.dossiers import DossiersRefreshed, RefreshDossiers
from detente.dossiers import refresh
from tasks.base import handles
from tasks.services import Services


@handles(RefreshDossiers)
def refresh_dossiers(job: RefreshDossiers, services: Services) -> DossiersRefreshed:
    """Bring every kept dossier up to date. A pair that is refreshed twice at once is written twice, the same."""
    pairs = services.store.kept_pairs()
    changed: dict[str, int] = {}
    for number, pair in enumerate(pairs, start=1):
        if weeks := refresh(services.store, pair):
            changed["-".join(pair)] = len(weeks)
        services.progress(Progress(done=number, total=len(pairs)))
    return DossiersRefreshed(weeks=changed)
