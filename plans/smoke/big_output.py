# Twenty kilobytes through the serial line, every byte of them counted.
for number in range(400):
    print("%04d %s" % (number, "abcdefghij" * 4 + "-" * (number % 7)))
