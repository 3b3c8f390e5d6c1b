"""Pieces of what commands draw in a terminal: a picture, bars, an alert in words, the demo's screen."""
