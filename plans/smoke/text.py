# Strings, bytes, formatting, encodings.
word = "MicroPython"
print(word[:5], word[-6:], word.lower(), word.find("Py"), word.split("o"))
print("%-8s|%5d|%x" % ("left", 42, 255), "{:>6}|{:03d}".format("r", 7), f"{word!r:s}")
print("-".join(["a", "b", "c"]), "a,b,,c".split(","), "  x ".strip() + ".")
print(b"\x00\xffabc", bytes([1, 2, 3]), bytearray(b"abc")[1], b"a" in b"cat")
text = "größer ✓"
data = text.encode()
print(len(text), len(data), data.decode() == text, text)
print(ord("A"), chr(0x41), "%c" % 66, repr("tab\tquote'"))
print(int("ff", 16), str(True), "abc" < "abd", "x" * 5)
view = memoryview(bytearray(b"0123456789"))
view[2:5] = b"abc"
print(bytes(view[:6]))
