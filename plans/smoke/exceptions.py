# Raising, catching, finally, context managers, own exception classes.
class TooMuch(ValueError):
    def __init__(self, amount):
        super().__init__("too much", amount)
        self.amount = amount


def spend(amount):
    try:
        if amount > 10:
            raise TooMuch(amount)
        return "spent"
    finally:
        print("finally", amount)


print(spend(3))
try:
    spend(30)
except ValueError as error:
    print(type(error).__name__, error.amount, error.args)


class Guard:
    def __enter__(self):
        print("enter")
        return self

    def __exit__(self, kind, value, traceback):
        print("exit", kind.__name__ if kind else None)
        return kind is KeyError


with Guard():
    {}["nothing"]
with Guard():
    pass
for bad in (lambda: [][1], lambda: int("x"), lambda: None.nothing, lambda: "a" + 1):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__)
try:
    try:
        raise OSError(2, "no such thing")
    except OSError as error:
        print(error.errno)
        raise RuntimeError("again")
except RuntimeError as error:
    print(error)
