"""How well articles are read: every set of findings that people made, scored, beside other systems and the floors."""
