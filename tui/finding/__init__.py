"""Places and commands by name: the command line, completions, one matcher."""
