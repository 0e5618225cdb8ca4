"""Broken on purpose: kills, freezes and duplicates under load, then healing, then the audit's verdict."""
