"""What a person should know: the inbox."""
