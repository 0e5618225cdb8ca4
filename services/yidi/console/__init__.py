"""The web console: pages over the error desk and the chain. It decides nothing; the desk does."""
