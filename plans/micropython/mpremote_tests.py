#!/usr/bin/env python3
"""Runs each test of MicroPython's tools/mpremote/tests against a board, and says in TAP what came of it.

MicroPython's own run-mpremote-tests.sh ends with 0 whatever happens, and writes into its checkout.
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def run(test, mpremote, port, result_dir):
    """The outcome of one test: 'pass', 'skip', or why it failed."""
    with tempfile.TemporaryDirectory() as scratch:
        env = dict(
            os.environ,
            MPREMOTE=f"{sys.executable} {mpremote / 'mpremote.py'} connect {port}",
            MPREMOTE_DEVICE=port,
            TMP=scratch,
        )
        # The tests expect what mpremote says itself after what the board says, as it comes from a buffer.
        env.pop("PYTHONUNBUFFERED", None)
        done = subprocess.run(
            [str(test)],
            cwd=test.parent,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = done.stdout.replace(b"\r", b"").replace(scratch.encode(), b"${TMP}")
    if b"SKIP" in output.split(b"\n"):
        return "skip"
    expected = test.with_name(test.name + ".exp").read_bytes()
    if done.returncode == 0 and output == expected:
        return "pass"
    (result_dir / f"{test.name}.out").write_bytes(output)
    (result_dir / f"{test.name}.exp").write_bytes(expected)
    if done.returncode != 0:
        return f"it ended with {done.returncode}: {last_line(output)}"
    return difference(expected, output)


def last_line(output):
    return output.decode(errors="replace").strip().split("\n")[-1] or "it printed nothing"


def difference(expected, output):
    """The first line in which they differ, as a sentence."""
    end = "the end of the output"
    pairs = itertools.zip_longest(expected.split(b"\n"), output.split(b"\n"))
    for number, (want, got) in enumerate(pairs, 1):
        if want != got:
            want, got = (
                end if line is None else json.dumps(line.decode(errors="replace")) for line in (want, got)
            )
            return f"line {number}: expected {want}, got {got}"
    raise AssertionError("expected a difference")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mpremote", type=pathlib.Path, required=True, help="tools/mpremote of a checkout")
    parser.add_argument("--port", required=True, help="device file of the board")
    parser.add_argument("--result-dir", type=pathlib.Path, required=True)
    args = parser.parse_args()

    tests = sorted((args.mpremote / "tests").glob("test_*.sh"))
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        outcome = run(test, args.mpremote, args.port, args.result_dir)
        if outcome == "pass":
            print(f"ok {number} - {test.name}", flush=True)
        elif outcome == "skip":
            print(f"ok {number} - {test.name} # SKIP by the test", flush=True)
        else:
            failed += 1
            print(f"not ok {number} - {test.name}\n  ---\n  message: {json.dumps(outcome)}\n  ...", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
