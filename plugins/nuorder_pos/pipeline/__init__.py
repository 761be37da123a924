"""The work itself: gather what is needed, let the pure core decide, apply what it decided."""
