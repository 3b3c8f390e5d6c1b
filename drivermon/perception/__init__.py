"""One Frame in, one Perception out; no memory of time except the face track."""
