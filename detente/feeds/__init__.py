"""Feeds: what a feed says, how often to look at it, and lists of feeds as other readers write them (OPML)."""
