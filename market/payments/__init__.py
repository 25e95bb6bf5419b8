"""Money in: bank transfers, and what each order owes and has been paid."""
