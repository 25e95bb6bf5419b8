"""The questions of ordering."""
