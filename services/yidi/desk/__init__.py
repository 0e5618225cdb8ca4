"""The operators' error desk: reads what failed, alone decides what may be done, and can prove what was done."""
