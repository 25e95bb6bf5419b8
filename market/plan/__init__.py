"""The plan as written: areas, clauses, projects, indicators, safeguards, and our notes beside them."""
