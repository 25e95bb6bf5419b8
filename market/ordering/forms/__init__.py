"""What buyers and suppliers type."""
