# Integers of any size, division, floats where there are any.
print(7 // 2, -7 // 2, 7 % 3, -7 % 3)
print(2**100)
print((1 << 70) - 1, ~5, 0xF0 & 0x3C, 0xF0 ^ 0x3C)
print(divmod(17, 5), abs(-12), min(3, 1, 2), max(3, 1, 2))
product = 1
for factor in range(1, 26):
    product *= factor
print(product)
a, b = 0, 1
while a < 1000:
    a, b = b, a + b
print(a)
try:
    1 // 0
except ZeroDivisionError as error:
    print(type(error).__name__)
try:
    print(float("0.5") + 0.25 == 0.75)
except NameError:
    print(True)
