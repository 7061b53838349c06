"""What is told of a file: its account, checks, drift and open questions."""
