import sys

if "/lib" not in sys.path:
    sys.path.append("/lib")
import greeter

print(greeter.greet("bench"))
