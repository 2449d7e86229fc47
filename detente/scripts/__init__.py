"""The scripts that run inside Redis, and the keys of the lines that messages wait in.

The keys, all under the prefix `detente:`:

| key                        | type | holds                                                               | expires |
| -------------------------- | ---- | ------------------------------------------------------------------- | ------- |
| `{queue}`                  | list | messages of the default tenant, in Celery's format                  | lasting |
| `{queue}:of:{tenant}`      | list | messages of another tenant                                          | lasting |
| `{queue}:1`                | list | a token for each message of other tenants, for Flower's sums        | lasting |
| `{queue}:tenants`          | list | the tenants with messages, in the order of their turns              | lasting |
| `{queue}:delayed`          | zset | ids of jobs whose time has not come, by that time in milliseconds   | lasting |
| `{queue}:delayed:messages` | hash | their messages, each with its tenant                                | lasting |
| `parked:{key}`             | list | messages that wait for others with their key, with queue and tenant | lasting |
| `parked`, `held`           | hash | how many such there are, by key and by queue                        | lasting |
| `slots:{key}`              | set  | who runs with that key: lease and delivery tag                      | a day   |
| `bytes`                    | hash | the size of all that waits, by queue                                | lasting |
| `limits`                   | hash | how much may wait: `{queue}` in messages, `bytes` in all            | lasting |
| `paused`, `closed`         | set  | queues that nothing is taken from, or submitted to                  | lasting |
| `wake`                     | list | tokens that wake workers, a hundred at most                         | lasting |
| `metrics`                  | hash | counters, by name and labels                                        | lasting |

Each script is one step that either happens or does not: no crash leaves a message in two places, or in none.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

PREFIX = "detente:"


@cache
def script(name: str) -> str:
    """The text of a script, with what all of them share before it."""
    folder = files(__name__)
    texts = ((folder / f"{part}.lua").read_text(encoding="utf-8") for part in ("lines", "members", name))
    return "\n".join((f"local prefix = '{PREFIX}'", *texts))
