# What the interpreter says of itself; exact values differ from board to board.
import sys

print(sys.implementation.name)
print(len(sys.implementation.version) >= 3, sys.implementation.version >= (1, 19))
print(len(sys.platform) > 0, sys.byteorder in ("little", "big"), sys.maxsize > 2**30)
print("sys" in sys.modules or True, isinstance(sys.path, list))
import gc

gc.collect()
print(gc.mem_free() > 4096 if hasattr(gc, "mem_free") else True)
import time

start = time.ticks_ms()
time.sleep_ms(20)
print(time.ticks_diff(time.ticks_ms(), start) >= 15)
