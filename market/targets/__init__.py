"""How much each unit should buy in a year, what counted toward it, and how far it has come."""
