"""What a number may be worth: intervals of samples, and where a period in progress will end. Standard library only."""
