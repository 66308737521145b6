# Skips on boards without a LED by that name: shows what a skip looks like.
try:
    from machine import Pin

    led = Pin("LED", Pin.OUT)
except (ImportError, ValueError, TypeError, AttributeError):
    print("SKIP")
    raise SystemExit

led.value(1)
print(led.value())
led.value(0)
print(led.value())
