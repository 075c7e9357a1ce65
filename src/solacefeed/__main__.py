"""``python -m solacefeed``."""

from solacefeed.cli import main

if __name__ == "__main__":
    main()
