"""A TCP proxy before a Redis that can be cut, stalled and joined again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """`url` leads through it to the socket `target`."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._flows: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._moving = asyncio.Event()
        self._moving.set()
        self._open = True
        self.url = ""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_unix_connection(self._target)
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._flow(reader, far_writer), self._flow(far_reader, writer))

    async def _flow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._moving.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    def reset(self) -> None:
        """Break every connection; new ones are taken."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def cut(self) -> None:
        """Break every connection, and take no new ones."""
        self._open = False
        self.reset()

    def join(self) -> None:
        """Everything flows again."""
        self._open = True
        self._moving.set()

    def stall(self) -> None:
        """Connections stand, and nothing comes through."""
        self._moving.clear()


@asynccontextmanager
async def proxied(unix_url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(unix_url.removeprefix("unix://"))
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    proxy.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    try:
        yield proxy
    finally:
        proxy.join()
        proxy.reset()
        server.close()
        await asyncio.sleep(0.05)
