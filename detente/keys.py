"""API keys: who may call the HTTP API, for which tenant, and what for.

The key in Redis, under the prefix `detente:`:

| key    | type | holds                                               | expires                     |
| ------ | ---- | --------------------------------------------------- | --------------------------- |
| `keys` | hash | by a key's id its record, with the hash of its secret | lasting: until it is revoked |
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, cast

from pydantic import AwareDatetime, Field, StringConstraints
from redis import Redis

from detente.contracts import DEFAULT_TENANT, Tenant
from detente.contracts.spans import Frozen
from detente.errors import UnknownKey
from detente.scripts import PREFIX

#: A prefix that scanners for leaked secrets can look for; then the id, which is no secret, and the secret.
_KEY = re.compile(r"detente_(?P<id>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_-]{43})\Z")


class Scope(StrEnum):
    """What a key may be used for."""

    SUBMIT = "submit"
    READ = "read"
    OPERATE = "operate"


class Key(Frozen):
    """A key as it may be shown: its secret is known to its holder alone."""

    id: str
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    tenant: Tenant = DEFAULT_TENANT
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    created_at: AwareDatetime


class Keys:
    """Makes, knows and revokes keys. Errors of the connection are redis-py's own."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def create(self, name: str, *, scopes: Iterable[Scope], tenant: str = DEFAULT_TENANT) -> tuple[Key, str]:
        """A new key: its record, and the text that its holder sends. The text is kept nowhere."""
        id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = Key(id=id, name=name, tenant=tenant, scopes=tuple(sorted(set(scopes))), created_at=datetime.now(UTC))
        kept = {**key.model_dump(mode="json"), "sha256": _sha256(secret)}
        self._redis.hset(_KEYS, id, json.dumps(kept, ensure_ascii=False))
        return key, f"detente_{id}_{secret}"

    def known(self, text: str) -> Key | None:
        """The key that a text is, or None. Takes as long for a wrong secret as for a right one."""
        match = _KEY.match(text)
        kept = cast(str | None, self._redis.hget(_KEYS, match["id"])) if match else None
        if not match or not kept:
            return None
        record = json.loads(kept)
        return Key.model_validate(record) if hmac.compare_digest(record["sha256"], _sha256(match["secret"])) else None

    def all(self) -> list[Key]:
        """All keys, the oldest first."""
        kept = cast(dict[str, str], self._redis.hgetall(_KEYS)).values()
        return sorted((Key.model_validate_json(record) for record in kept), key=lambda key: (key.created_at, key.id))

    def revoke(self, id: str) -> None:
        """Forget a key: from now on it opens nothing. Raises UnknownKey."""
        if not self._redis.hdel(_KEYS, id):
            raise UnknownKey(f"there is no key {id!r}; `detente keys list` shows them")


_KEYS = PREFIX + "keys"


def _sha256(secret: str) -> str:
    # A slow hash is for words that people choose. This secret has 256 random bits, which nobody tries out.
    return hashlib.sha256(secret.encode()).hexdigest()
