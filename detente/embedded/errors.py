"""What can go wrong with an embedded server. A tree of its own: this room is usable without the rest of detente."""

from __future__ import annotations


class EmbeddedServerFailed(Exception):
    """The embedded server cannot run; the message says what to do."""
