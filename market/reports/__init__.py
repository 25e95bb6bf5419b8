"""Tables of figures out of all the rooms, to the screen, Excel, CSV and JSON."""
