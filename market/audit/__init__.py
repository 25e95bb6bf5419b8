"""Who did what, when: written in the same transaction as the deed, sealed into a chain."""
