"""A web of feeds and articles on this machine, polled for simulated days: what was read, what was lost, what it took."""
