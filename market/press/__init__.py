"""What the public sees first: the home page and published results."""
