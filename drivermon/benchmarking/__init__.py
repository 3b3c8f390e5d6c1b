"""Measures drivermon on the user's own computer: the daemon from outside, its stages from inside."""
