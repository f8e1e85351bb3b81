"""A server herd's server as the exercise's many Python solutions write it: asyncio streams, readline, split, a dict.

    asyncio_server.py NAME PORT [--neighbors PORT,HOST:PORT...] [--flood each|keep] [--host HOST] [--places FILE]

Fair to its kind: no log, checks as cheap as they come, a constant in place of the Places service. With --neighbors
each newer report is flooded the ways such solutions do it: over a connection of its own for each message, or over
one that is kept. A report that is not newer is not passed on, and so loops end. What a neighbor misses while it is
away it does not get later.
"""
import argparse
import asyncio
import re
import resource
import signal
import time

POSITION = re.compile(r"([+-]\d{1,3}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
TIME = re.compile(r"\d+(?:\.\d{1,9})?")
FUTURE_SECONDS = 86_400
NO_PLACES = '{\n   "html_attributions" : [],\n   "results" : [],\n   "status" : "ZERO_RESULTS"\n}'


class EachNeighbor:
    """A neighbor that gets each line over a connection of its own."""

    def __init__(self, here, host, port):
        self.here = here
        self.address = host, port
        self.floods = set()

    def tell(self, client, line):
        task = asyncio.create_task(self.send(line))
        self.floods.add(task)
        task.add_done_callback(self.floods.discard)

    async def send(self, line):
        try:
            _, writer = await asyncio.open_connection(*self.address, local_addr=(self.here, 0))
            writer.write(line.encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except OSError:
            pass


class KeptNeighbor:
    """A neighbor to which one connection is kept, and made again when it drops."""

    def __init__(self, here, host, port):
        self.here = here
        self.address = host, port
        self.due = {}
        self.news = asyncio.Event()
        self.task = asyncio.create_task(self.run())

    def tell(self, client, line):
        self.due[client] = line
        self.news.set()

    async def run(self):
        while True:
            try:
                reader, writer = await asyncio.open_connection(*self.address, local_addr=(self.here, 0))
                telling = asyncio.create_task(self.send(writer))
                while await reader.read(65_536):
                    pass
                telling.cancel()
                writer.close()
            except OSError:
                pass
            await asyncio.sleep(0.1)

    async def send(self, writer):
        try:
            while True:
                await self.news.wait()
                self.news.clear()
                lines, self.due = self.due, {}
                writer.write("".join(lines.values()).encode())
                await writer.drain()
        except OSError:
            pass


class Server:
    def __init__(self, name, neighbors, places):
        self.name = name
        self.neighbors = neighbors
        self.places = places
        self.clients = {}

    async def handle(self, reader, writer):
        try:
            while True:
                line = await reader.readline()
                if not line:
                    break
                reply = self.answer(line.decode())
                if reply is not None:
                    writer.write(reply.encode())
                    await writer.drain()
        except (ConnectionError, UnicodeDecodeError):
            pass
        finally:
            writer.close()

    def answer(self, line):
        words = line.split()
        if len(words) == 4:
            if words[0] == "IAMAT":
                reply = self.iamat(*words[1:])
            elif words[0] == "WHATSAT":
                reply = self.whatsat(*words[1:])
            else:
                reply = None
            if reply is not None:
                return reply
        elif len(words) == 6 and words[0] == "AT":
            self.keep(words[3], float(words[5]), line)
            return None
        return "? " + line

    def iamat(self, client, position, sent):
        now = time.time()
        match = POSITION.fullmatch(position)
        if match is None or TIME.fullmatch(sent) is None:
            return None
        latitude, longitude = map(float, match.groups())
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            return None
        seconds = float(sent)
        if seconds > now + FUTURE_SECONDS:
            return None
        reply = f"AT {self.name} {now - seconds:+.9f} {client} {position} {sent}\n"
        self.keep(client, seconds, reply)
        return reply

    def whatsat(self, client, radius, bound):
        held = self.clients.get(client)
        if held is None or NUMBER.fullmatch(radius) is None or not bound.isdecimal():
            return None
        if float(radius) > 50 or int(bound) > 20:
            return None
        return f"{held[1]}{self.places}\n\n"

    def keep(self, client, seconds, line):
        held = self.clients.get(client)
        if held is not None and held[0] >= seconds:
            return
        self.clients[client] = (seconds, line)
        for neighbor in self.neighbors:
            neighbor.tell(client, line)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("port", type=int)
    parser.add_argument("--neighbors", default="")
    parser.add_argument("--flood", choices=["each", "keep"], default="each")
    parser.add_argument("--host", default="127.0.0.1", help="where it listens, and what it dials from")
    parser.add_argument("--places", help="a file whose text stands for what the Places service would say")
    args = parser.parse_args()
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    places = open(args.places, encoding="utf-8").read().rstrip("\n") if args.places else NO_PLACES
    kind = KeptNeighbor if args.flood == "keep" else EachNeighbor
    neighbors = []
    for neighbor in filter(None, args.neighbors.split(",")):
        host, _, port = neighbor.rpartition(":")
        neighbors.append(kind(args.host, host or "127.0.0.1", int(port)))
    server = Server(args.name, neighbors, places)
    listener = await asyncio.start_server(server.handle, args.host, args.port, backlog=1024)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    listener.close()


asyncio.run(main())
