"""Text in, findings with evidence out. Pure: no I/O beyond the packaged lexicon, no clock, no environment, no globals."""
