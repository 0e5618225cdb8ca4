"""Tests of the insured place's agency."""
