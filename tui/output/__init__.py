"""What leaves the screen: what is meant, in which form, into which file."""
