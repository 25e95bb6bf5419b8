"""The verbs of ordering."""
