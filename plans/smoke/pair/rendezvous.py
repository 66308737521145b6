# Two boards, no network: they meet only through multitest's messages.
ROUNDS = 5


def instance0():
    multitest.globals(GREETING="hello from instance0")
    multitest.next()
    total = 0
    for number in range(ROUNDS):
        multitest.wait("ask %d" % number)
        total += number * number
        print("asked", number)
        multitest.broadcast("answer %d" % number)
    print("total", total)


def instance1():
    multitest.next()
    print(GREETING)
    for number in range(ROUNDS):
        multitest.broadcast("ask %d" % number)
        multitest.wait("answer %d" % number)
        print("answered", number)
