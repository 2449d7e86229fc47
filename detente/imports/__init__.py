"""Articles out of files, row by row: JSON Lines, web archives, texts and pages. Memory stays flat, whatever they hold."""
