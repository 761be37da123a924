"""How long a write may take: others count on it that its answer has come, or was given up, while its lease lasts."""

from __future__ import annotations

import socket
import time

import pytest
from support.clients import ScriptedServer, http

from nuorder_pos.clients.transport import Limits, Transport
from nuorder_pos.errors import OutcomeUnknown

ANSWER = http(body='{"Order": {"orderID": "1"}}')


def in_small_pieces(connection: socket.socket) -> None:
    for start in range(0, len(ANSWER), 20):
        connection.sendall(ANSWER[start : start + 20])
        time.sleep(0.1)


def test_a_write_whose_answer_comes_too_slowly_is_given_up_where_a_read_is_waited_for(
    server: ScriptedServer,
) -> None:
    server.replies = [in_small_pieces]
    transport = Transport("Lightspeed", limits=Limits(read=5.0, total=30.0, write_total=0.3), allow_http=True)
    try:
        with pytest.raises(OutcomeUnknown, match="longer than the time limit"):
            transport.send("POST", f"{server.origin}/Order.json", write=True, json={})
        assert transport.send("GET", f"{server.origin}/Order.json", write=False).data == {
            "Order": {"orderID": "1"}
        }
    finally:
        transport.close()
