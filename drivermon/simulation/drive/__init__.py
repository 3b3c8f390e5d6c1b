"""A drive as it goes: a script as functions of time, as events, as truth, as a video."""
