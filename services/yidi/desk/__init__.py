"""The operators' error desk: reads what failed, alone decides what may be done about it, and can prove what was done."""
