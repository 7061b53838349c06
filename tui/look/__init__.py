"""How things are drawn: themes, runs of text, tables, the arithmetic of panes."""
