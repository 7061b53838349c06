"""Keys: their names, the keymaps, the table of them."""
