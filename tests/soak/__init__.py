"""Programs that run for minutes or hours (`python -m tests.soak.NAME --help`), and small enough for the tests."""
