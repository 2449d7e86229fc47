"""detente reads the news on relations between states, as a job queue."""

__version__ = "0.1.0"
