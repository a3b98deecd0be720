"""``make flower-shop``: buys at the real UCP Flower Shop of its package, with discounts, and audits the orders from its own books."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.flower_shop.run import festival
from benchmarks.flower_shop.shop import ShopError, flower_shop


def main() -> int:
    """Run, audit, print; 0 when the gate passes and the books hold exactly the orders that shoppers were told of."""
    parser = argparse.ArgumentParser(prog="make flower-shop", description=__doc__)
    parser.add_argument("--duration", default="90s", help="length of the festival (default 90s)")
    parser.add_argument("--scale", default="0.003", help="share of the festival's real rates (default 0.003)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="a new folder for books, run and ledger")
    arguments = parser.parse_args()
    flags = ("--duration", arguments.duration, "--scale", arguments.scale)
    try:
        if arguments.keep:
            arguments.keep.mkdir(parents=True)
            return judged(arguments.keep, *flags)
        with tempfile.TemporaryDirectory() as folder:
            return judged(Path(folder), *flags)
    except (OSError, ShopError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def judged(folder: Path, *flags: str) -> int:
    """Run against a new shop in the folder and print the verdict; the gate's exit code, 1 when only the counts disagree."""
    with flower_shop(folder / "shop") as url:
        bought = festival(folder, url, *flags)
    code, verdict = bought.gate()
    audit = bought.audit()
    agrees = bought.orders == audit["confirmed"] + audit["recovered"] > 0
    sys.stdout.write(
        f"{verdict}\nThe shop's own books hold {bought.orders} orders; shoppers were told of {audit['confirmed']}, and "
        f"{audit['recovered']} of {audit['unknown']} unknown wishes were bought: {'they agree' if agrees else 'THEY DIFFER'}.\n"
    )
    return code or int(not agrees)


if __name__ == "__main__":
    sys.exit(main())
