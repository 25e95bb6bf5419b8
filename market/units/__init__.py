"""The organisations that buy, their canteens, and which of them must buy."""
