"""The only code that talks to the outside: files, spreadsheets, the database's shape."""
