import sys

if "/lib" not in sys.path:
    sys.path.append("/lib")
from greeter import greet

print(greet("world"))
