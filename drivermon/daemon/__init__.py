"""The daemon: threads, signals, systemd, watchdog, health, and what is kept over a restart."""
