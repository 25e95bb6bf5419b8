"""Tests of the demonstration data and its drawings."""
