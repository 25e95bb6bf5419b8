"""What the shop promises, tried out."""
