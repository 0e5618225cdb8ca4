"""How fast: a bare relay first, then the chain, in one run on one broker."""
