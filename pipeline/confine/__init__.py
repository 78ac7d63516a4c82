"""Pure functions on hostile bytes, in children that can be killed.

::

    Confined   hands items to children and takes back what they say                    (this process)
      nursery  imports the function once, forks the children, and forks another        (its one child)
               for each that dies, telling in its stead how it died
        child  works on one item at a time, under a kernel timer and a bound on memory

The kernel ends a child that takes too long, also inside C code, so that no clock of ours has to be right
and nothing outlives its bound when the parent is killed. The nursery is a program of its own: what it forks
holds none of our sockets, locks or threads.
"""

from pipeline.confine.pool import Confined
from pipeline.confine.words import CPU_SECONDS, MEMORY_BYTES, Killed

__all__ = ["CPU_SECONDS", "MEMORY_BYTES", "Confined", "Killed"]
