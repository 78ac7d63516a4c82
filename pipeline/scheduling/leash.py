"""`python -m pipeline.scheduling.leash PARENT PROGRAM ARGUMENT…`: become a program that ends when its parent does.

The kernel sends SIGTERM at the parent's death, however it dies, and keeps to that over exec (prctl(2)).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, program: str, *arguments: str) -> None:
    """Put ourselves on the leash, and be the program from now on."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew
        sys.exit(1)
    os.execv(program, [program, *arguments])  # noqa: S606 - a program of ours, by its full path


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
