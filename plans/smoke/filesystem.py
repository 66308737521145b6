# Write, read, list, rename and remove; leaves nothing behind.
try:
    import os

    os.listdir()
except (ImportError, AttributeError, OSError):
    print("SKIP")
    raise SystemExit

NAME = "testbed_smoke.txt"
OTHER = "testbed_smoke_2.txt"
for name in (NAME, OTHER):
    try:
        os.remove(name)
    except OSError:
        pass
with open(NAME, "w") as file:
    for number in range(200):
        file.write("line %d\n" % number)
with open(NAME) as file:
    lines = file.read().split("\n")
print(len(lines), lines[0], lines[199], NAME in os.listdir())
with open(NAME, "ab") as file:
    file.write(b"\x00\x01\xff")
print(os.stat(NAME)[6])
os.rename(NAME, OTHER)
print(NAME in os.listdir(), OTHER in os.listdir())
with open(OTHER, "rb") as file:
    file.seek(-3, 2)
    print(file.read())
os.remove(OTHER)
try:
    open(OTHER)
except OSError as error:
    print(type(error).__name__ in ("OSError", "FileNotFoundError"))
