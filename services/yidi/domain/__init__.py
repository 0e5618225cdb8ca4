"""The field's shared words: money, codes, faults, identities, instants. Pure, and at the bottom of the house."""
