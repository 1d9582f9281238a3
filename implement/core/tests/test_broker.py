"""The file broker hands out whole messages, also to a reader that looks all the time."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from implement.core import broker


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    folders = {
        "data_folder_in": str(tmp_path / "broker" / "queue"),
        "data_folder_out": str(tmp_path / "broker" / "queue"),
        "control_folder": str(tmp_path / "broker" / "control"),
    }
    return Connection("filesystem://", transport=broker.Transport, transport_options=folders)


class FileBrokerTests:
    def test_makes_its_folders(self, connection: Connection, tmp_path: Path) -> None:
        connection.channel()
        assert (tmp_path / "broker" / "queue").is_dir()
        assert (tmp_path / "broker" / "control").is_dir()

    def test_a_message_comes_back_as_it_went_in(self, connection: Connection) -> None:
        with connection.SimpleQueue("work") as queue:
            queue.put({"job": 7, "name": "Übergabe"})
            message = queue.get(timeout=2)
            message.ack()
            assert message.payload == {"job": 7, "name": "Übergabe"}

    def test_a_half_written_message_is_not_handed_out(self, connection: Connection, tmp_path: Path) -> None:
        channel = connection.channel()
        (tmp_path / "broker" / "queue" / "1_x.work.msg.partial").write_text('{"half')
        with pytest.raises(Empty):
            channel._get("work")

    def test_nothing_is_lost_between_writers_and_a_busy_reader(self, connection: Connection) -> None:
        got: list[Any] = []
        total = 3 * 200

        def write(writer: int) -> None:
            channel = connection.clone().channel()
            for number in range(200):
                channel._put("work", {"id": f"{writer}-{number}", "text": "x" * 4096})

        writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        for thread in writers:
            thread.start()
        channel = connection.channel()
        while len(got) < total:
            try:
                got.append(channel._get("work")["id"])
            except Empty:
                if not any(thread.is_alive() for thread in writers) and not list(
                    Path(channel.data_folder_in).glob("*.msg")
                ):
                    break
        assert len(set(got)) == total

    def test_two_processes_may_bind_the_same_new_queue(self, connection: Connection) -> None:
        channels = [connection.clone().channel() for _ in range(4)]
        failures: list[Exception] = []

        def bind(channel: Any) -> None:
            try:
                for number in range(20):
                    channel._queue_bind(f"exchange-{number}", "key", "", "work")
                    channel.get_table(f"exchange-{number}")
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=bind, args=(channel,)) for channel in channels]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
