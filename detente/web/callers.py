"""Who calls: the key that came with the request, what it is for, and how often it may come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from detente.contracts import DEFAULT_TENANT
from detente.keys import Scope
from detente.web.backends import Backends, Here
from detente.web.facts import KeyMissing, RateExceeded, ScopeMissing

_bearer = HTTPBearer(
    scheme_name="key", bearerFormat="detente_…", description="An API key: `detente keys create NAME`.", auto_error=False
)
Sent = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


@dataclass(frozen=True)
class Caller:
    """Whoever calls, and what they may do."""

    name: str
    tenant: str
    scopes: frozenset[Scope]

    @property
    def operates(self) -> bool:
        return Scope.OPERATE in self.scopes

    def sees(self, tenant: str) -> bool:
        """Whether the jobs of a tenant are the caller's business."""
        return self.operates or tenant == self.tenant

    def needs(self, scope: Scope) -> None:
        """Raises ScopeMissing."""
        if scope not in self.scopes:
            raise ScopeMissing(f"this needs a key with the scope {scope!r}; this one has {', '.join(sorted(self.scopes))}")


#: Everybody who can reach an API without keys; it listens on this machine alone.
NOBODY = Caller("nobody", DEFAULT_TENANT, frozenset(Scope))


def _calls(scope: Scope) -> Callable[..., Caller]:
    def caller(request: Request, sent: Sent, here: Here) -> Caller:
        known = NOBODY if here.is_open else _caller(request, sent, here)
        known.needs(scope)
        return known

    return caller


def _caller(request: Request, sent: HTTPAuthorizationCredentials | None, here: Backends) -> Caller:
    key = here.keys.known(sent.credentials) if sent else None
    if key is None:
        raise KeyMissing
    if here.rates is not None:
        allowance = request.state.allowance = here.rates.count(key.id)
        if allowance.left < 0:
            raise RateExceeded(retry_after_s=allowance.reset_s)
    return Caller(key.name, key.tenant, frozenset(key.scopes))


Submitter = Annotated[Caller, Depends(_calls(Scope.SUBMIT))]
Reader = Annotated[Caller, Depends(_calls(Scope.READ))]
Operator = Annotated[Caller, Depends(_calls(Scope.OPERATE))]
