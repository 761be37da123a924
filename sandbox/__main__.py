"""``python -m sandbox``: start both servers, or list the sample orders."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from sandbox.serve import Settings, run
from sandbox.switches import SWITCHES, Switches


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A stand-in NuORDER and a stand-in Lightspeed Retail (R-Series).",
    )
    parser.add_argument(
        "command",
        nargs="?",
        default="serve",
        choices=("serve", "describe", "switches"),
        help="serve (default); describe: the sample orders as JSON; switches: all switches as JSON",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: loopback)")
    parser.add_argument("--nuorder-port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--pos-port", type=int, default=0, help="0 = any free port")
    parser.add_argument(
        "--ready-file", default="", help="JSON with addresses and credentials, written when ready"
    )
    parser.add_argument(
        "--print-ready", action="store_true", help="print that JSON on stdout, addresses on stderr"
    )
    parser.add_argument("--data", default="sample", help="sample, empty, or a JSON file")
    parser.add_argument("--set", action="append", default=[], metavar="SWITCH=VALUE", help="may be repeated")
    parser.add_argument("--registers", type=int, help="registers of the POS subscription (default 5)")
    parser.add_argument(
        "--clock-speed", type=float, default=1.0, help="limits and token lives run N times faster"
    )
    parser.add_argument(
        "--public-nuorder", default="", metavar="URL", help="origin that clients use and sign"
    )
    parser.add_argument("--public-pos", default="", metavar="URL", help="origin that clients use")
    return parser


def _switches(args: argparse.Namespace) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for pair in args.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"--set needs SWITCH=VALUE, not {pair!r}")
        given[name] = value
    if args.registers is not None:
        given["registers"] = args.registers
    Switches(given)
    return given


def main(argv: list[str] | None = None) -> int:
    """Command line; gives the exit status."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.command == "switches":
        print(
            json.dumps(
                {
                    name: {"default": one.default, "choices": one.choices, "about": one.about}
                    for name, one in SWITCHES.items()
                },
                indent=2,
            )
        )
        return 0
    if args.command == "describe":
        from sandbox import sample  # the sample is not needed to serve other data

        print(json.dumps(sample.describe(), ensure_ascii=False, indent=2))
        return 0
    try:
        settings = Settings(
            args.host,
            args.nuorder_port,
            args.pos_port,
            args.data,
            _switches(args),
            args.clock_speed,
            args.public_nuorder,
            args.public_pos,
            args.ready_file,
        )

        def announce(ready: dict[str, Any]) -> None:
            # With --print-ready standard output holds the JSON alone, so that a program can read all of it.
            people = sys.stderr if args.print_ready else sys.stdout
            print(f"NuORDER    {ready['nuorder']}\nLightspeed {ready['pos']}", file=people, flush=True)
            if args.print_ready:
                print(json.dumps(ready, ensure_ascii=False), flush=True)

        run(settings, announce)
    except (ValueError, OSError) as error:
        parser.exit(2, f"python -m sandbox: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
