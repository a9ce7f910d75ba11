"""Run the benchmarks and write their figures as one JSON document.

    python -m tests.benchmarks [--json FILE] [--only NAME ...]

Each `bench_*.py` beside this file has `run() -> dict`, whose figures are ratios within one run wherever a
bound is stated: the machines these run on are noisy. Nothing here fails on a slow machine; the report says
which bounds hold.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def benchmark_names() -> list[str]:
    """Names of the benchmarks, without `bench_`."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main(argv: list[str] | None = None) -> int:
    """Run the benchmarks that were asked for; 0 when all ran."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Run the benchmarks.")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--only", nargs="+", choices=benchmark_names(), help="run these alone")
    options = parser.parse_args(argv)
    report: dict[str, Any] = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "benchmarks": {},
    }
    for name in options.only or benchmark_names():
        sys.stderr.write(f"running {name} ...\n")
        sys.stderr.flush()
        report["benchmarks"][name] = importlib.import_module(f"tests.benchmarks.bench_{name}").run()
    text = json.dumps(report, indent=2, sort_keys=True)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
