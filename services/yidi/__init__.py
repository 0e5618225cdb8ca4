"""Yidi: the national cross-region settlement chain on one machine. A simulator, not the official platform."""

__version__ = "0.1.0"
