"""``python -m radgen.cli``."""

from radgen.cli.app import main

main()
