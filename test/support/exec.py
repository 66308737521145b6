"""Executes CODE on the board behind PORT and fails with it. Resets nothing: `python3 exec.py PORT CODE`."""

import os
import sys
import tty

port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(port)
said = b""


def until(end):
    global said
    while end not in said:
        said += os.read(port, 1000)
    before, said = said.split(end, 1)
    return before


os.write(port, b"\r\x03\x03\x01")
until(b"raw REPL; CTRL-B to exit\r\n>")
os.write(port, sys.argv[2].encode() + b"\x04")
until(b"OK")
print(until(b"\x04").decode())
fault = until(b"\x04")
os.write(port, b"\x02")
sys.exit(fault.decode() or 0)
