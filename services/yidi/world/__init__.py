"""A synthetic world: places, institutions, catalogues, people, encounters, faults; the same for the same seed.

Nothing in it belongs to anybody: names say 模拟 or 拟, identity numbers begin with the code of a whole prefecture where
real ones have a county's. What is fact and what is invented: docs/reference-data.md.
"""
