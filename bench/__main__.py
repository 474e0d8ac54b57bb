"""
`python -m bench [NAME…]`: every bench, or those named. Each prints ratios measured side by side in one run.

It knows the names of the benches and nothing of what they measure.
"""

import argparse
import importlib
import sys

BENCHES = ("reading", "model_path", "service", "pages")


def main() -> int:
    """Run what was asked for; 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; default: all")
    names = parser.parse_args().names or list(BENCHES)
    if unknown := set(names) - set(BENCHES):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    missed = 0
    for name in names:
        print(f"\n== {name}", flush=True)
        missed += importlib.import_module(f"bench.{name}").main()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
