#!/usr/bin/env python3
"""Mail servers that misbehave: DESTINATIONS of them, each on an address 127.8.*.* of its own.

usage: sink.py PORT DESTINATIONS LOG

Destinations are of kinds, by number modulo 8: 0 to 2 take everything; 3 greylists the first sight of each message; 4 drops half of
the connections, some behind DATA; 5 refuses every second recipient for good; 6 stalls now and then; 7 talks nonsense now and then.
LOG gets a line "number id" for each message that was taken.
"""
import asyncio
import random
import re
import sys

port, destinations, log = int(sys.argv[1]), int(sys.argv[2]), open(sys.argv[3], "a", buffering=1)
seen = set()


async def serve(number, reader, writer):
    kind, chance = number % 8, random.random()
    recipients = []

    async def say(text):
        writer.write((text + "\r\n").encode())
        await writer.drain()

    try:
        if kind == 4 and chance < 0.2:
            return
        if kind == 7 and chance < 0.3:
            await say("?? nonsense \x00\xff")
        await say("220 sink")
        while line := (await reader.readline()).decode("latin-1").strip():
            verb = line.split(" ")[0].split(":")[0].upper()
            if kind == 6 and random.random() < 0.02:
                await asyncio.sleep(3)
            if kind == 4 and random.random() < 0.05:
                return
            if verb == "EHLO":
                await say("250-sink\r\n250-8BITMIME\r\n250 PIPELINING" if number % 2 else "250 sink\r\n".strip())
            elif verb == "MAIL":
                recipients = []
                await say("250 ok")
            elif verb == "RCPT":
                address = re.search("<(.*)>", line).group(1)
                if kind == 5 and int(re.search(r"\d+", address).group()) % 2:
                    await say("550 5.1.1 nobody of that name")
                else:
                    recipients.append(address)
                    await say("250 ok")
            elif verb == "DATA":
                if not recipients:
                    await say("554 nobody")
                    continue
                await say("354 go on")
                body = b""
                while (part := await reader.readline()) not in (b".\r\n", b""):
                    body += part
                if not part:
                    return
                token = re.search(rb"Message-ID: <(\S+)>", body).group(1).decode()
                if kind == 3 and (number, token) not in seen:
                    seen.add((number, token))
                    await say("451 4.7.1 come back later")
                    continue
                if kind == 4 and random.random() < 0.1:
                    return
                for address in recipients:
                    log.write(f"{address} {token}\n")
                if kind == 4 and random.random() < 0.05:
                    return  # taken, but the sender never hears of it
                await say("250 taken")
            elif verb == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 ok")
    except (ConnectionError, asyncio.IncompleteReadError, ValueError):
        pass
    finally:
        writer.close()


async def main():
    for number in range(destinations):
        address = f"127.8.{number // 200}.{number % 200 + 1}"
        await asyncio.start_server(lambda r, w, number=number: serve(number, r, w), address, port, backlog=500)
    await asyncio.Event().wait()


asyncio.run(main())
