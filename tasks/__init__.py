"""What the system does: one file per family of jobs, each a thin handler over a pure core."""

#: The rooms that hold handlers. A worker imports them all; importing one registers its handlers.
ROOMS = (
    "tasks.readings", "tasks.fetching", "tasks.feeds", "tasks.dossiers", "tasks.alerts", "tasks.rereadings", "tasks.batches",
    "tasks.webhooks", "tasks.upkeep", "tasks.sitemaps",
)  # fmt: skip
