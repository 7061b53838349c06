"""What the terminal is given and what comes back from it: bytes, clipboard, signals, the editor."""
