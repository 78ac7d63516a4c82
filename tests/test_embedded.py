"""The embedded PostgreSQL: real servers, real users in processes of their own, real kills."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pipeline.embedded import lease, programs
from pipeline.errors import EmbeddedError

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

USER = """
import os, signal, subprocess, sys
from pathlib import Path
import psycopg
from pipeline.embedded import lease

def work(server):
    for order in sys.stdin:
        match order.strip():
            case "query":
                with psycopg.connect(server.conninfo()) as connection:
                    print(connection.execute("SELECT current_database()").fetchone()[0], flush=True)
            case "fork":
                child = os.fork()
                if child:
                    print(child, flush=True)
                    return
            case "spawn":
                print(subprocess.Popen(["sleep", "60"], close_fds=False, stdout=2).pid, flush=True)

home, uid = Path(sys.argv[1]), int(sys.argv[2])
# Who is started in the background of a script ignores SIGINT, and hands that down.
signal.signal(signal.SIGINT, (lambda *_: None) if "HANDLES_CTRL_C" in os.environ else signal.default_int_handler)
if uid != os.getuid():  # not sooner: the interpreter may lie where only root can read it
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
with lease(home) as server:
    print((home / "postgres" / "postmaster.pid").read_text().split()[0], server.sockets, flush=True)
    work(server)
"""


class User:
    """A process that holds a lease, and does what it is told over its standard input."""

    def __init__(self, home: Path, *, uid: int | None = None, stderr: int | None = None, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(home), str(os.getuid() if uid is None else uid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            bufsize=1,
            start_new_session=True,
            env=os.environ | environment,
        )
        assert self.process.stdin
        assert self.process.stdout
        self.orders, self.answers = self.process.stdin, self.process.stdout

    def arrives(self) -> int:
        """Wait for the lease; return the server's pid."""
        pid, sockets = self.answers.readline().split(maxsplit=1)
        self.sockets = Path(sockets.strip())
        return int(pid)

    def ask(self, order: str) -> str:
        self.orders.write(f"{order}\n")
        return str(self.answers.readline().strip())

    def leaves(self) -> None:
        self.orders.close()
        assert self.process.wait(90) == 0

    def dies(self, how: signal.Signals = signal.SIGKILL) -> None:
        os.killpg(self.process.pid, how)
        self.process.wait(90)

    def close(self) -> None:
        for stream in (self.orders, self.answers):
            stream.close()
        self.process.kill()
        self.process.wait(90)


def runs(pid: int) -> bool:
    """Whether a process lives; one that has ended and is not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(fact: Callable[[], bool]) -> bool:
    """Whether something becomes so within a minute."""
    deadline = time.monotonic() + 60
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return fact()


def postmaster(home: Path) -> int:
    """The pid of a home's server."""
    return int((home / "postgres" / "postmaster.pid").read_text().split()[0])


def remove(home: Path) -> None:
    """Remove a home, the server that a failed test left there, and its data elsewhere."""
    data = home / "postgres"
    if (data / "postmaster.pid").exists():
        with lease(home):
            pass
    if data.is_symlink():
        shutil.rmtree(data.resolve(), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder that other users can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="test-embedded-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with its data folder made, for the tests that leave it as it was: making one takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="test-embedded-"))
    folder.chmod(0o755)
    with lease(folder):
        pass
    yield folder
    remove(folder)


@pytest.fixture
def own_home(place: Path, home: Path) -> Iterator[Path]:
    """A copy of it, for the tests that change what is in it."""
    copy = place / "home"
    subprocess.run(["cp", "-a", str(home), str(copy)], check=True)
    yield copy
    remove(copy)


@pytest.fixture
def come() -> Iterator[Callable[..., User]]:
    """Start users, and make sure that they are gone after the test."""
    users: list[User] = []

    def _come(home: Path, **how: Any) -> User:
        users.append(User(home, **how))
        return users[-1]

    yield _come
    for user in users:
        user.close()


Come = Callable[..., User]


def test_a_first_lease_makes_a_private_utf8_utc_server(place: Path) -> None:
    """An empty home gets a database `qantar` on a server that listens on no network."""
    home = place / "new" / "home"
    with lease(home) as server:
        with psycopg.connect(server.conninfo()) as connection:
            for name, value in {
                "server_encoding": "UTF8",
                "TimeZone": "UTC",
                "listen_addresses": "",
                "fsync": "on",
                "synchronous_commit": "on",
                "shared_buffers": "128MB",
                "max_connections": "100",
                "jit": "off",
            }.items():
                assert connection.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,), name
            found = connection.execute("SELECT current_database(), current_user, lower('ТОҚАЕВ')").fetchone()
        assert found == ("qantar", "postgres", "тоқаев")
        assert stat.S_IMODE((home / "postgres").stat().st_mode) == 0o700
        psql = [str(server.psql), "-XAtc", "SELECT 1", server.conninfo()]
        assert subprocess.run(psql, capture_output=True, check=True).stdout == b"1\n"


def test_the_last_one_out_stops_the_server(home: Path) -> None:
    """After the only lease no process, no socket folder and no link remain."""
    with lease(home) as server:
        pid = postmaster(home)
        assert runs(pid)
    assert not runs(pid)
    assert not server.sockets.exists()
    assert not (home / "postgres.socket").is_symlink()


def test_leases_nest_in_one_process(home: Path) -> None:
    """The inner lease ends without taking the server from the outer one."""
    with lease(home) as outer:
        with lease(home) as inner:
            assert inner == outer
        with psycopg.connect(outer.conninfo()):
            pass


def test_one_leaves_while_another_works(home: Path, come: Come) -> None:
    """The one who started it leaves, and the server stays until the other leaves too."""
    starter = come(home)
    pid = starter.arrives()
    other = come(home)
    assert other.arrives() == pid
    starter.leaves()
    assert other.ask("query") == "qantar"
    other.leaves()
    assert not runs(pid)


def test_the_starter_is_killed_while_another_works(home: Path, come: Come) -> None:
    """SIGKILL for the starter's process group does not touch the server, which the other one stops."""
    starter = come(home)
    pid = starter.arrives()
    other = come(home)
    other.arrives()
    starter.dies()
    assert other.ask("query") == "qantar"
    other.leaves()
    assert not runs(pid)


def test_ctrl_c_at_the_starter_leaves_the_server_to_others(home: Path, come: Come) -> None:
    """SIGINT goes to the starter's process group, as a terminal sends it, and not to the server."""
    starter = come(home)
    pid = starter.arrives()
    other = come(home)
    other.arrives()
    starter.dies(signal.SIGINT)
    assert other.ask("query") == "qantar"
    other.leaves()
    assert not runs(pid)


def test_ctrl_c_during_a_first_start_is_the_users_own_affair(place: Path, come: Come) -> None:
    """Who handles SIGINT goes on: the programs that make the data folder do not get it."""
    home = place / "home"
    user = come(home, HANDLES_CTRL_C="1")
    assert until(lambda: any(home.glob("postgres.new-*/base")))
    os.killpg(user.process.pid, signal.SIGINT)
    user.arrives()
    assert user.ask("query") == "qantar"
    user.leaves()


def test_a_killed_only_user_leaves_a_server_that_the_next_one_reuses_and_stops(home: Path, come: Come) -> None:
    """Nobody is there to stop it; the next lease finds it and its end is the server's."""
    starter = come(home)
    pid = starter.arrives()
    starter.dies()
    assert runs(pid)
    with lease(home):
        assert postmaster(home) == pid
    assert not runs(pid)


def test_a_forked_child_works_on_after_its_parent_left(home: Path, come: Come) -> None:
    """The lease is the child's as well, and the child's leaving stops the server."""
    parent = come(home)
    pid = parent.arrives()
    child = int(parent.ask("fork"))
    parent.process.wait(90)
    assert parent.ask("query") == "qantar"  # read by the child: it has the same standard input
    assert runs(pid)
    parent.orders.close()
    assert until(lambda: not runs(child))
    assert not runs(pid)


def test_a_program_that_a_user_starts_holds_no_lease(home: Path, come: Come) -> None:
    """A child made by exec does not keep the server, even with all descriptors inherited."""
    user = come(home)
    pid = user.arrives()
    program = int(user.ask("spawn"))
    try:
        user.leaves()
        assert runs(program)
        assert not runs(pid)
    finally:
        os.kill(program, signal.SIGKILL)


def test_two_first_starts_at_once_share_one_server(place: Path, come: Come) -> None:
    """Both find an empty home; one makes the data folder and both use it."""
    home = place / "home"
    one, two = come(home), come(home)
    pid = one.arrives()
    assert two.arrives() == pid
    one.leaves()
    assert two.ask("query") == "qantar"
    two.leaves()
    assert not runs(pid)


def test_coming_and_going_at_once_always_finds_a_server(home: Path, come: Come) -> None:
    """While some leave and others come, each one that has arrived gets its answer."""
    users = [come(home) for _ in range(4)]
    for user in users:
        user.arrives()
    newcomers = []
    for user in users:
        user.orders.close()
        newcomers.append(come(home))
    for user in newcomers:
        user.arrives()
        assert user.ask("query") == "qantar"
        user.leaves()
    assert not (home / "postgres.socket").is_symlink()


def test_a_kill_while_the_data_folder_is_made_costs_nothing(place: Path, come: Come) -> None:
    """The half-made folder has another name, and the next first start makes a whole one."""
    home = place / "home"
    user = come(home)
    assert until(lambda: any(home.glob("postgres.new-*/base")))
    user.dies()
    assert not (home / "postgres").exists()
    with lease(home):
        assert runs(postmaster(home))


def test_what_earlier_first_starts_left_half_made_is_removed(place: Path) -> None:
    """It does not gather in the home."""
    (place / "postgres.new-1" / "base").mkdir(parents=True)
    with lease(place):
        assert list(place.glob("postgres.new-*")) == []


def test_a_pid_file_left_by_a_crash_does_not_block(own_home: Path) -> None:
    """Even when its number belongs by now to a living process of the server's own user."""
    with lease(own_home) as server:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        crashed = postmaster(own_home)
        os.kill(crashed, signal.SIGKILL)
        assert until(lambda: not runs(crashed))
    data = own_home / "postgres"
    owner = data.stat().st_uid
    become = {"user": owner} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **become) as other:  # type: ignore[call-overload]
        lines = (data / "postmaster.pid").read_text().splitlines()
        (data / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]))
        with lease(own_home) as server, psycopg.connect(server.conninfo()) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
        other.kill()


def test_a_nonsense_environment_does_not_matter(place: Path, come: Come) -> None:
    """A locale that the system lacks, and variables that steer PostgreSQL's programs, reach no program."""
    home = place / "home"
    user = come(home, LC_ALL="xx_YY", LANG="xx_YY", PGDATA="/nowhere", PGPORT="1", PGUSER="x", TZ="Asia/Almaty")
    user.arrives()
    assert user.ask("query") == "qantar"
    user.leaves()


def test_a_long_odd_home_works(place: Path, home: Path) -> None:
    """Far longer than a socket's address may be, with blanks, quotes, a dollar sign and Kazakh letters."""
    odd = place / ("қаңтар " * 10) / 'it\'s "$HOME" `x`' / ("long" * 30)
    odd.parent.mkdir(parents=True)
    subprocess.run(["cp", "-a", str(home), str(odd)], check=True)
    with lease(odd) as server, psycopg.connect(server.conninfo()):
        assert len(os.fsencode(server.sockets)) < 90 < len(os.fsencode(odd))
    remove(odd)


def test_the_socket_folder_is_new_and_private(home: Path) -> None:
    """Nobody can prepare it: its name is random, its mode 0700, and it belongs to the server's user."""
    folders = []
    for _ in range(2):
        with lease(home) as server:
            found = server.sockets.lstat()
            assert stat.S_ISDIR(found.st_mode)
            assert stat.S_IMODE(found.st_mode) == 0o700
            assert found.st_uid == (home / "postgres").stat().st_uid
            folders.append(server.sockets)
    assert folders[0] != folders[1]


@pytest.mark.parametrize(("name", "used"), [("a 'b` $c", True), ("a, b", False), ("long" * 30, False)])
def test_the_socket_folder_goes_where_a_socket_can_be(
    home: Path, place: Path, come: Come, name: str, *, used: bool
) -> None:
    """A TMPDIR with blanks and quotes is used; one with a comma, or too long, gives way to /tmp."""
    base = place / name
    base.mkdir()
    base.chmod(0o777)
    user = come(home, TMPDIR=str(base), XDG_RUNTIME_DIR="")
    user.arrives()
    assert user.sockets.parent == (base if used else Path("/tmp"))  # noqa: S108 - the folder of last resort
    assert user.ask("query") == "qantar"
    user.leaves()


def test_a_later_user_with_another_tmpdir_finds_the_server(home: Path, place: Path, come: Come) -> None:
    """Where the socket is, is read from the home and not from the environment."""
    first = come(home)
    pid = first.arrives()
    second = come(home, TMPDIR=str(place), XDG_RUNTIME_DIR=str(place))
    assert second.arrives() == pid
    assert second.sockets == first.sockets


@as_root
def test_another_user_cannot_connect(home: Path) -> None:
    """The folder keeps others out, although the server itself trusts who gets that far."""
    with lease(home) as server:
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", str(server.psql)]
        done = subprocess.run([*command, "-XAtc", "SELECT 1", server.conninfo()], check=False, capture_output=True)
    assert done.returncode == 2
    assert b"Permission denied" in done.stderr


@as_root
def test_who_is_not_root_runs_the_server_as_oneself(place: Path, come: Come) -> None:
    """No system user is needed, and root may join: it acts as the owner of the data."""
    home = place / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    user = come(home, uid=NOBODY)
    pid = user.arrives()
    assert Path(f"/proc/{pid}").stat().st_uid == NOBODY
    with lease(home):
        assert postmaster(home) == pid
    assert user.ask("query") == "qantar"
    user.leaves()
    assert not runs(pid)
    with lease(home):
        assert Path(f"/proc/{postmaster(home)}").stat().st_uid == NOBODY


@as_root
def test_root_behind_a_closed_folder_keeps_the_data_elsewhere(place: Path) -> None:
    """The closed folder stays closed; the home holds a link to data that the server's user can reach."""
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    with lease(home) as server:
        with psycopg.connect(server.conninfo()):
            pass
        data = (home / "postgres").readlink()
        assert data.is_relative_to("/var/lib/qantar")
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert Path(f"/proc/{postmaster(home)}").stat().st_uid == data.stat().st_uid != 0
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    shutil.rmtree(data)
    with pytest.raises(EmbeddedError, match="which is gone; bring that back"), lease(home):
        pass


def test_the_system_place_is_open_whatever_the_umask(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's user must be able to pass through it to its data."""
    monkeypatch.setattr(programs, "SYSTEM_PLACE", place / "qantar")
    umask = os.umask(0o077)
    try:
        programs.system_place()
    finally:
        os.umask(umask)
    assert stat.S_IMODE((place / "qantar").stat().st_mode) == 0o755


@as_root
def test_root_with_the_wheel_in_a_closed_folder_runs_a_copy(home: Path, place: Path, come: Come) -> None:
    """A checkout under /root has its binaries where the server's user cannot run them."""
    with lease(home) as server:
        package = server.psql.parents[2]
    closed = place / "closed"
    for part in (package.relative_to(package.parent) / "pginstall18", Path(f"{package.name}.libs")):
        shutil.copytree(package.parent / part, closed / part, symlinks=True)
    (closed / package.name / "__init__.py").touch()
    closed.chmod(0o700)
    user = come(home, PYTHONPATH=str(closed))
    program = Path(f"/proc/{user.arrives()}/exe").readlink()
    try:
        assert user.ask("query") == "qantar"
        assert program.is_relative_to("/var/lib/qantar")
    finally:
        user.leaves()
        shutil.rmtree(program.parents[3])


def test_data_of_another_major_version_is_refused(own_home: Path) -> None:
    """One line names both versions, and nothing is started."""
    (own_home / "postgres" / "PG_VERSION").write_text("15\n")
    with (
        pytest.raises(EmbeddedError, match=r"made by PostgreSQL 15 and this is 18; dump it") as caught,
        lease(own_home),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_data_folder_is_refused(place: Path) -> None:
    """What somebody else keeps under that name is left alone."""
    data = place / "postgres"
    data.mkdir()
    (data / "letter.txt").write_text("mine")
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
    with pytest.raises(EmbeddedError, match="is no data folder of PostgreSQL; move it away"), lease(place):
        pass
    assert (data / "letter.txt").read_text() == "mine"


@as_root
def test_data_that_belongs_to_root_is_refused(own_home: Path) -> None:
    """As after a copy made by root: the message has the command that mends it."""
    os.chown(own_home / "postgres", 0, 0)
    with pytest.raises(EmbeddedError, match=r"belongs to root.*chown -R qantar:"), lease(own_home):
        pass


@as_root
def test_data_of_another_user_is_refused(own_home: Path, come: Come) -> None:
    """Who is neither root nor the owner is told so instead of a permission error out of the depths."""
    for name in ("gate", "lease", "alive"):
        (own_home / f"postgres.{name}").chmod(0o666)
    user = come(own_home, uid=NOBODY, stderr=subprocess.PIPE)
    assert "belongs to user" in user.process.communicate()[1]


def test_a_home_that_cannot_be_written_is_one_line(place: Path) -> None:
    """The message says which folder, why, and which variable to set."""
    (place / "file").touch()
    with (
        pytest.raises(EmbeddedError, match="Not a directory; set QANTAR_HOME") as caught,
        lease(place / "file" / "x"),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_a_server_that_cannot_start_says_why_and_where(own_home: Path) -> None:
    """The last words of the log are in the message, and no process remains."""
    with (own_home / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("work_mem = 'plenty'\n")
    with (
        pytest.raises(EmbeddedError, match=r"pg_ctl failed: .*contains errors; see .*postgres\.log") as caught,
        lease(own_home),
    ):
        pass
    assert "\n" not in str(caught.value)
    assert not (own_home / "postgres" / "postmaster.pid").exists()
    assert not (own_home / "postgres.socket").is_symlink()


def test_a_log_that_has_grown_is_cut_back(place: Path) -> None:
    """Its last megabyte stays, from the beginning of a line; a small log is left alone."""
    log = place / "postgres.log"
    log.write_bytes(b"0123456789abcde\n" * 300_000)
    programs.trim(log)
    assert 1_000_000 < log.stat().st_size <= 1024 * 1024
    assert log.read_bytes().startswith(b"0123456789abcde\n")
    before = log.stat().st_size
    programs.trim(log)
    assert log.stat().st_size == before


def test_the_log_holds_no_statement(home: Path) -> None:
    """What a failed statement said stays out of the log, which `forget` could not reach."""
    with lease(home) as server, psycopg.connect(server.conninfo(), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT 'words of an article' FROM nowhere")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT CAST(%s AS int)", ["words of an article"])
    log = (home / "postgres.log").read_text()
    assert "nowhere" in log
    assert "FROM nowhere" not in log
