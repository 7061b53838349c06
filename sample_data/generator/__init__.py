"""Parts of the sample generator: a small model of a retailer and one writer per export layout. Standard library only."""
