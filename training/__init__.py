"""Offline: from folders of faces to the networks the daemon runs; imports drivermon, never the reverse."""
