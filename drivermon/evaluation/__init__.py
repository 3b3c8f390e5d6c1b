"""How well alerts answer what really happened: replays against labelled events."""
