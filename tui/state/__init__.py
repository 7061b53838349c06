"""Where one is and how one comes back: states, history, sessions, bookmarks."""
