# Ends with 0 if a server says hello: get.py URL
import sys
from urllib.request import urlopen

answer = urlopen(sys.argv[1], timeout=10).read()
print(answer)
sys.exit(answer != b"hello\n")
