"""How well and how fast copies of articles are found."""
