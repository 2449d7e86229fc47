"""Faults that are really injected, into detente and into plain Celery, and what is left of the jobs after them."""
