"""One suite for both worlds."""
