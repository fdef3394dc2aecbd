"""`python -m prodigy_tui` is the same program as `prodigy-tui`."""

from prodigy_tui.cli.main import main

if __name__ == "__main__":
    main()
