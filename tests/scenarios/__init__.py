"""Drives named like situations, each with the alerts that must and must not come."""
