"""`python -m preservation.cli`."""

from preservation.cli.main import main

main()
