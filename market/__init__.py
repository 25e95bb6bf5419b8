"""The market: farm products of 彭水, the units that buy them, and the money between."""
