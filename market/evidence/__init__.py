"""Uploaded files, stored once by their SHA-256, and who may see them."""
