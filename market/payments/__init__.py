"""Money in: online and by bank transfer, and what each order owes and has been paid."""
