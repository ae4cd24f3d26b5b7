"""A JupyterHub for a rehearsal on one computer: `python -m workshop hub` starts it.

It listens on this computer alone. All learners' servers run under the account that started it, so
pages are apart and kernels are not: whoever opens a terminal reads everybody's files. For real
people take a hub with real accounts (workshop/servers.md); `rooms` and `accounts` serve there, too.
"""

# ruff: noqa: F821  (`c` is JupyterHub's)
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from jupyterhub.auth import Authenticator
from jupyterhub.spawner import SimpleLocalProcessSpawner

from workshop import accounts, rooms

FOLDER = Path(os.environ["WORKSHOP_FOLDER"])
PORT = int(os.environ["WORKSHOP_PORT"])
KERNELS = rooms.kernel(FOLDER / "jupyter", os.environ["WORKSHOP_PYTHON"])
VOTES = FOLDER / "votes"
VOTES.mkdir(exist_ok=True)
KNOWN = accounts.read(FOLDER)
BIN = Path(sys.prefix) / "bin"


class Accounts(Authenticator):
    """Names and passwords of accounts.csv."""

    async def authenticate(self, handler, data):
        """The name, or None for a wrong password."""
        name = data["username"]
        return name if accounts.right(KNOWN, name, data["password"]) else None


def prepare(spawner):
    """Before a server starts: the learner's folder, and what the server has to know."""
    work = rooms.prepare(FOLDER / "homes" / spawner.user.name)
    spawner.notebook_dir = str(work)
    spawner.environment = rooms.variables(work, KERNELS, VOTES)


c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"
c.ConfigurableHTTPProxy.command = [str(BIN / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.JupyterHub.authenticator_class = Accounts
c.Authenticator.allowed_users = set(KNOWN)

c.JupyterHub.spawner_class = SimpleLocalProcessSpawner
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "homes" / "{username}")
c.Spawner.pre_spawn_hook = prepare
c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.args = ["--LabApp.extension_manager=readonly", "--ServerApp.terminals_enabled=False"]
c.Spawner.args += ["--allow-root"] if os.geteuid() == 0 else []
# A lesson whose page was closed gives its memory back; an open one keeps it while somebody reads.
c.Spawner.args += [
    "--MappingKernelManager.cull_idle_timeout=1200",
    "--MappingKernelManager.cull_interval=120",
]
c.Spawner.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
c.Spawner.mem_limit = rooms.MEMORY  # told to the server; this spawner cannot enforce it
c.Spawner.cpu_limit = 1
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # a full machine is slow
c.JupyterHub.concurrent_spawn_limit = 10  # the rest are asked to wait and come again
c.JupyterHub.log_level = "WARN"

c.JupyterHub.services = [
    {
        "name": "culler",
        "command": [str(BIN / "jupyterhub-idle-culler"), "--timeout=5400", "--cull-every=300"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "culler",
        "services": ["culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]
if os.environ.get("WORKSHOP_LOAD_TOKEN"):  # tools/measure/workshop.py starts servers for all
    c.JupyterHub.services.append({"name": "load", "api_token": os.environ["WORKSHOP_LOAD_TOKEN"]})
    c.JupyterHub.load_roles.append(
        {
            "name": "load",
            "services": ["load"],
            "scopes": ["admin:users", "admin:servers", "tokens", "list:users"],
        }
    )
