"""The networks that can be trained: the compact default, and the three of the published method."""
