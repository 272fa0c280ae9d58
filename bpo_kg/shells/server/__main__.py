"""Serve a bare dataset: `python -m bpo_kg.shells.server --empty --port 7878`."""

import argparse
import sys

from bpo_kg.shells.allocator import start_anew
from bpo_kg.shells.server import add_flags, bare, options_from, serve


def main(arguments: list[str] | None = None) -> int:
    """Parse the flags and serve."""
    parser = argparse.ArgumentParser(prog="python -m bpo_kg.shells.server", description=__doc__)
    add_flags(parser)
    try:
        options = options_from(parser.parse_args(arguments))
    except ValueError as error:
        parser.error(str(error))
    if not options.empty or options.data:
        parser.error("only --empty is possible here; 'bpo-kg serve' has the ontology and loads data")
    start_anew()
    return serve(options, bare)


if __name__ == "__main__":
    sys.exit(main())
