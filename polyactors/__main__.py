"""`python -m polyactors` is the command `polyactors`."""

from polyactors.cli.main import main

if __name__ == "__main__":
    main()
