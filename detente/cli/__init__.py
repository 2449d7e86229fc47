"""The command line. Nothing heavy is imported before a command runs, so that `detente --help` answers at once."""
