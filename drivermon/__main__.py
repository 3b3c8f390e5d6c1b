"""`python -m drivermon`: the same as the command `drivermon`."""

from drivermon.cli import main

if __name__ == "__main__":
    main()
