"""A real broker: RabbitMQ of Debian's package, without its service, on loopback, with certificates of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import pytest

from mmpctl.reach.broker.definitions import definitions
from mmpctl.reach.broker.names import require_desk, site_queue, site_user
from mmpctl.reach.broker.server_conf import DEFINITIONS_FILE, PLUGINS, server_conf
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.lab_client import until
from tests.support.pki import CLIENT_AUTH, SERVER_AUTH, Pair, authority, usage, write

ADDRESS: Final = "127.0.0.1"
HOST: Final = "localhost"
VHOST: Final = "mmpctl"
# Those of the sample fleet, and one without nodes.
SITES: Final = ("london", "oslo", "rome")
DESKS: Final = ("desk", "desk-2")
# Empties queues and plays the broker's owner.
OWNER: Final = "owner"

# No alarm of a disk that is nearly full, and a log that says all.
FOR_TESTS: Final = "disk_free_limit.absolute = 1MB\nlog.console = true\nlog.console.level = debug\nlog.file = false\n"
# What a key is for has to stand in each certificate: test_ways_in.py has why.
SIGNS: Final = usage(digital_signature=True)

# Below those that the system gives out by itself: somebody would have one of them before the broker takes it.
_PORTS: Final = range(20000, 32000)
# The programs themselves: those in the path change the user, and go to Debian's own folders.
_PROGRAMS: Final = Path("/usr/lib/rabbitmq/bin")
_EPMD: Final = shutil.which("epmd")


class Broker:
    """A broker that runs, and what is needed to reach it.

    Args:
        folder: for its files; there.
        sites: that it knows.
        desks: that it knows.
    """

    def __init__(self, folder: Path, sites: Sequence[str] = SITES, desks: Sequence[str] = DESKS) -> None:
        self.folder = folder
        self.ca = authority("Broker CA")
        self.port, self._names_port, self._node_port = _free_ports(3)
        self._process: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()
        server = self.ca.sign(HOST, usages=[SERVER_AUTH], key_usage=SIGNS, hosts=[HOST])
        write_files(folder / "server", server, self.ca)
        (folder / "rabbitmq.conf").write_text(
            f"{server_conf(self.port, ADDRESS, folder / 'server')}{FOR_TESTS}",
            encoding="utf-8",
        )
        (folder / "plugins").write_text(f"[{','.join(PLUGINS)}].\n", encoding="utf-8")
        self.define(sites, desks)

    @property
    def address(self) -> str:
        """Its address in a file of sites, and for a worker."""
        return f"amqps://{HOST}:{self.port}/{VHOST}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def files(self, user: str, *, ca: Pair | None = None) -> Path:
        """A folder with the three files of a user; made once for each.

        Args:
            user: the common name of the certificate.
            ca: who signs it; the broker's own CA by default.
        """
        place = self.folder / f"files-{user}{'' if ca is None else '-of-another-ca'}"
        if not place.exists():
            write_files(place, (ca or self.ca).sign(user, usages=[CLIENT_AUTH], key_usage=SIGNS), self.ca)
        return place

    def site_files(self, site: str) -> Path:
        """The files of a site's worker."""
        return self.files(site_user(site))

    def desk_files(self, desk: str = DESKS[0]) -> Path:
        """The files of a desk."""
        return self.files(require_desk(desk))

    def connection(self, user: str, vhost: str = VHOST, **others: Any) -> Any:
        """A connection as a user, not yet open.

        Args:
            user: whose certificate is shown.
            vhost: the virtual host.
            others: arguments of kombu's Connection.
        """
        from kombu.connection import Connection

        return Connection(f"amqps://{HOST}:{self.port}/{vhost}", **{**_tls(self.files(user)), **others})

    def define(self, sites: Sequence[str], desks: Sequence[str]) -> None:
        """Say who may do what from the next start on; what is there already stays."""
        told: Any = definitions(VHOST, sites, desks)
        owner = {"name": OWNER, "password_hash": "", "tags": "administrator"}
        everything = {"user": OWNER, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}
        told["users"].append(owner)
        told["permissions"].append(everything)
        (self.folder / "server" / DEFINITIONS_FILE).write_text(json.dumps(told), encoding="utf-8")

    def start(self) -> None:
        """Start it, and wait until it listens."""
        assert self._process is None
        self._stack.enter_context(self._begun([str(_EPMD), "-port", str(self._names_port)], "epmd.log"))
        self._await(self._names_port, "epmd")
        log = self.folder / "rabbitmq.log"
        said = len(self.log()) if log.exists() else 0
        self._process = self._stack.enter_context(self._begun([str(_PROGRAMS / "rabbitmq-server")], log.name))
        self._await(self.port, "RabbitMQ")
        # It listens a little earlier, and until then `rabbitmqctl` is refused.
        until(lambda: "Server startup complete" in self.log()[said:], "RabbitMQ", seconds=PATIENCE_SECONDS)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop it, and wait until it has ended.

        Args:
            number: SIGTERM has it end in order, SIGKILL at once.
        """
        assert self._process is not None
        # It may have ended by itself, if it could not start.
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(number)
        self._process.wait(PATIENCE_SECONDS)
        self._process = None
        self._stack.close()

    def restart(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop and start it; messages that are not persistent are lost, and everything else stays."""
        self.stop(number)
        self.start()

    def freeze(self) -> None:
        """Have it answer nothing, with its connections open."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop it if it runs."""
        if self._process is not None:
            self.stop(signal.SIGKILL)

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped."""
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """What it wrote since it was made."""
        return (self.folder / "rabbitmq.log").read_text(encoding="utf-8", errors="replace")

    def control(self, *words: str) -> str:
        """What `rabbitmqctl` says; it takes some seconds.

        Args:
            words: of its command line.
        """
        command = [str(_PROGRAMS / "rabbitmqctl"), "--node", self._node, *words]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        return done.stdout

    def empty(self) -> None:
        """Throw away every message that nobody has taken."""
        with self.connection(OWNER) as connection, connection.channel() as channel:
            told = json.loads((self.folder / "server" / DEFINITIONS_FILE).read_text(encoding="utf-8"))
            for queue in told["queues"]:
                channel.queue_purge(queue["name"])

    @property
    def _node(self) -> str:
        return f"mmpctl-{self.port}@{HOST}"

    @property
    def _environment(self) -> dict[str, str]:
        # Erlang makes a cookie in its home.
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            # With it, the program becomes the broker: no shell is between, and its process is the one to stop.
            "RUNNING_UNDER_SYSTEMD": "true",
            "ERL_EPMD_ADDRESS": ADDRESS,
            "ERL_EPMD_PORT": str(self._names_port),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "none.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
        }

    @contextmanager
    def _begun(self, command: Sequence[str], log: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process that ends with this one, however that ends."""
        bound = ["setpriv", "--pdeathsig", "KILL", "--", *command]
        sink: IO[bytes]
        with (self.folder / log).open("ab") as sink:
            process = subprocess.Popen(
                bound, env=self._environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
            )
        with ended(process):
            yield process

    def _await(self, port: int, what: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert self._process is None or self._process.poll() is None, f"{what} ended at once:\n{self.log()[-4000:]}"
            try:
                socket.create_connection((ADDRESS, port), 1).close()
                return
            except OSError:
                assert time.monotonic() < until, f"{what} did not come up"
                time.sleep(0.05)


def require_rabbitmq() -> None:
    """Skip the test where RabbitMQ or Celery is not installed."""
    pytest.importorskip("celery", reason="no Celery here: it comes with the extra `reach`")
    if _EPMD is None or not (_PROGRAMS / "rabbitmq-server").exists() or shutil.which("setpriv") is None:
        pytest.skip("no RabbitMQ here: apt-get install rabbitmq-server")


@contextmanager
def broker_in(folder: Path, sites: Sequence[str] = SITES, desks: Sequence[str] = DESKS) -> Iterator[Broker]:
    """Start one; skips the test where RabbitMQ or Celery is not installed.

    Args:
        folder: for its files; made.
        sites: that it knows.
        desks: that it knows.
    """
    require_rabbitmq()
    folder.mkdir(mode=0o700)
    broker = Broker(folder, sites, desks)
    try:
        broker.start()
        yield broker
    finally:
        broker.close()


@pytest.fixture(scope="session")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker_in(tmp_path_factory.mktemp("broker") / "rabbitmq") as broker:
        yield broker


@pytest.fixture
def broker(running_broker: Broker) -> Broker:
    """The broker of this session: it runs, and its queues are empty. A test may stop, freeze and start it."""
    if not running_broker.runs:
        running_broker.close()
        running_broker.start()
    running_broker.thaw()
    running_broker.empty()
    return running_broker


def left_at(broker: Broker, *queues: str) -> dict[str, int]:
    """How many messages wait in queues.

    Args:
        broker: which one.
        queues: their names.
    """
    with broker.connection(OWNER) as connection, connection.channel() as channel:
        return {queue: channel.queue_declare(queue, passive=True).message_count for queue in queues}


def workers_at(broker: Broker, site: str) -> int:
    """How many workers wait for the requests of a site.

    Args:
        broker: which one.
        site: its name.
    """
    with broker.connection(OWNER) as connection, connection.channel() as channel:
        return int(channel.queue_declare(site_queue(site), passive=True).consumer_count)


def write_files(place: Path, pair: Pair, ca: Pair) -> Path:
    """Write `ca.pem`, `cert.pem` and `key.pem`, the key for its owner only.

    Args:
        place: the folder; made.
        pair: key and certificate.
        ca: whose certificates are relied on.
    """
    write(place, {"ca.pem": ca.pem, "cert.pem": pair.pem, "key.pem": pair.key_pem})
    (place / "key.pem").chmod(0o600)
    return place


def _tls(files: Path) -> dict[str, Any]:
    told = {
        "ca_certs": str(files / "ca.pem"),
        "certfile": str(files / "cert.pem"),
        "keyfile": str(files / "key.pem"),
        "cert_reqs": ssl.CERT_REQUIRED,
        "server_hostname": HOST,
    }
    return {"ssl": told, "login_method": "EXTERNAL"}


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        found: list[int] = []
        while len(found) < number:
            probe, port = stack.enter_context(socket.socket()), secrets.choice(_PORTS)
            with suppress(OSError):
                probe.bind((ADDRESS, port))
                found.append(port)
        return found
