# Functions, closures, generators, classes, comprehensions.
def counter(step):
    value = 0

    def advance():
        nonlocal value
        value += step
        return value

    return advance


advance = counter(3)
print(advance(), advance(), advance())


def squares(limit):
    for number in range(limit):
        got = yield number * number
        if got:
            print("sent", got)


generator = squares(4)
print(next(generator), generator.send("hello"), list(generator))


class Shape:
    sides = 0

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return "%s with %d sides" % (self.name, self.sides)


class Square(Shape):
    sides = 4

    @property
    def corners(self):
        return self.sides


print(Shape("blob"), Square("square"), Square("x").corners, isinstance(Square("y"), Shape))
print([n for n in range(20) if n % 3 == 0], {n: n * n for n in range(3)}[2], sorted({3, 1, 2}))
first, *middle, last = "abcde"
print(first, middle, last)
print((lambda *args, **kwargs: (args, sorted(kwargs)))(1, 2, b=3, a=4))
for n in range(3):
    if n == 5:
        break
else:
    print("no break")
