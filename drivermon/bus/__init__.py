"""The bus: everything that speaks ZeroMQ, on the daemon's side and on the apps'."""
