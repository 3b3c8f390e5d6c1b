"""What stands between an installation and a daemon that sees its driver: facts, judged by pure functions."""
