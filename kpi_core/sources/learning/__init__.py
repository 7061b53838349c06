"""A layout that no profile knows: its tables, what it can be, and the profile drafted from what a person points at."""
