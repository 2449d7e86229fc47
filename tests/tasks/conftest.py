"""What tests of feeds share; a file with fixtures of its own under these names has those."""

from tests.feeding import services, url, web  # noqa: F401
