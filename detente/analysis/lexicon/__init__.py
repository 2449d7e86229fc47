"""What the analysis knows of words: data files that a person can read and extend, and their one loader."""
