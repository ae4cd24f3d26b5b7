"""The repair for nbclient."""

from course_utils.setup import nbclient_fix


def test_the_repair_asks_the_socket_to_look_again():
    from jupyter_client.channels import AsyncZMQSocketChannel

    nbclient_fix.apply()
    said = []

    class Channel:
        class session:
            send = staticmethod(lambda socket, message: said.append(message))

        class socket:
            _schedule_remaining_events = staticmethod(lambda: said.append("looked"))

    AsyncZMQSocketChannel.send(Channel, "message")
    assert said == ["message", "looked"]
