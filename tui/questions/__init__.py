"""Questions to the pages: asked, waited for, cancelled, kept fresh."""
