"""The insured place's agency: benefits, policies, accumulators, personal accounts."""
