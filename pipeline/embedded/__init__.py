"""The PostgreSQL that comes with the package: started by the first user, stopped by the last one out.

::

    lease       who uses the server; the first in starts it, the last out stops it
    server      start, stop, and how to reach it
    cluster     the data folder: where it is, and making it
    owner       the system user that runs the server, which must not be root
    programs    the binaries of the wheel, and running one of them
    locks       the three ways in which we use `flock`

What lies in the home folder:

=================== ==================================================================================
`postgres`          the data folder, or a link to it where the server's user cannot enter the home
`postgres.socket`   a link to the folder of the socket, while the server runs
`postgres.log`      what the server says, cut back when it has grown
`postgres.lease`    a shared lock on it is held by everyone who uses the server
`postgres.gate`     an exclusive lock on it is held while someone comes or goes
`postgres.alive`    an exclusive lock on it is held by the server's own processes, as long as one lives
=================== ==================================================================================
"""

from pipeline.embedded.lease import lease
from pipeline.embedded.server import Server

__all__ = ["Server", "lease"]
