"""Promises of the runtime."""
