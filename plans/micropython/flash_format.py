# Makes a new littlefs in the board's flash. The next reset mounts it.
import sys


def skip(reason):
    print("SKIP", reason)
    raise SystemExit


def block_device():
    if sys.platform == "rp2":
        import rp2

        return rp2.Flash(), {"progsize": 256}
    if sys.platform == "pyboard":
        import pyb

        return pyb.Flash(start=0), {}
    skip("nobody has written yet how to format " + sys.platform)


try:
    import os
    import vfs
except ImportError:
    skip("no vfs module")

device, options = block_device()
# A board with its filesystem in the internal flash has it mounted; formatting under it would leave it half alive.
mounted = sys.platform == "pyboard" and "/flash" in [entry[1] for entry in vfs.mount()]
if mounted:
    vfs.umount("/flash")
vfs.VfsLfs2.mkfs(device, **options)
if mounted:
    vfs.mount(device, "/flash")
    os.chdir("/flash")
os.sync()
print("formatted")
