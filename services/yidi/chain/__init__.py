"""The whole chain on one machine: composition roots, supervision, and clients that talk to a running chain."""
