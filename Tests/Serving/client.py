#!/usr/bin/env python3
"""`saferl serve` with a client library of its protocol, and with sockets that keep to no protocol.

    python3 Tests/Serving/client.py .build/release/saferl [MODEL]

Serves the tiny model of the golden tables and, where it is given, another, such as SmolLM2. Prints a line a check, and exits with 1 where
one fails. Needs what requirements.txt lists.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import openai

PROGRAM = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.environ.get("SAFERL_GOLDEN_ALIGNMENT") or os.path.join(ROOT, "Tests", "Golden", "alignment")
TINY = os.path.join(GOLDEN, "gguf", "tiny-qwen2.gguf")
TOKEN = "0123456789abcdef-token"
failed = 0


def check(name, holds, found=""):
    global failed
    print(f"{'ok    ' if holds else 'FAILED'} {name}" + ("" if holds else f": {found}"), flush=True)
    failed += not holds


class Server:
    """A server that runs until it is left, on a port that it chose."""

    def __init__(self, model, *arguments, token=None):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", model, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if " on http://" not in line:
            sys.exit(f"the server did not begin: {line}{self.process.stderr.read()}")
        self.url = line.split(" on ")[1].split(";")[0]
        self.name = line.split('"')[1]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.client = openai.OpenAI(base_url=self.url + "/v1", api_key=token or "none", max_retries=0, timeout=120)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            check("the server ends", False, "it had to be killed")

    def chat(self, text="a cat", **more):
        turns = [{"role": "user", "content": text}]
        return self.client.chat.completions.create(model=self.name, messages=turns, **more)

    def health(self):
        with urllib.request.urlopen(self.url + "/health", timeout=20) as answer:
            return json.load(answer)

    def raw(self, data, pieces=1):
        """The status of what comes back for bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            size = max(1, len(data) // pieces)
            try:
                for first in range(0, len(data), size):
                    connection.sendall(data[first:first + size])
                    if pieces > 1:
                        time.sleep(0.001)
            except (BrokenPipeError, ConnectionResetError):
                pass
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return int(answer.split(b" ")[1]) if answer else 0


def refused(kind, call):
    """Whether a call is refused by an error of a kind, and what was found instead."""
    try:
        return False, call()
    except kind:
        return True, ""
    except openai.OpenAIError as error:
        return False, repr(error)


def refusals(arguments):
    result = subprocess.run([PROGRAM, "serve", *arguments], capture_output=True, text=True, timeout=120)
    return result.returncode, result.stderr


def protocol():
    with Server(TINY, "--tokens", "12") as server:
        whole = server.chat(seed=3, temperature=1)
        stream = list(server.chat(seed=3, temperature=1, stream=True, stream_options={"include_usage": True}))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
        said = whole.choices[0].message.content
        check("whole and streamed are the same", text == said and len(stream) > 3, (text, said))
        check("the stream counts the same", stream[-1].usage == whole.usage, (stream[-1], whole.usage))
        answer = subprocess.run(
            [PROGRAM, "answer", TINY, "a cat", "--temperature", "1", "--seed", "3", "--tokens", "12", "--json"],
            capture_output=True, text=True, check=True).stdout
        check("saferl answer says the same", json.loads(answer)["text"] == said, answer)
        other = server.chat(seed=4, temperature=1).choices[0].message.content
        check("another seed says something else", other != said, other)
        first = server.client.completions.create(model=server.name, prompt="a cat", seed=1, max_tokens=5)
        check("a text goes on", first.usage.completion_tokens == 5 and first.choices[0].text != "", first)
        cut = server.chat(seed=3, temperature=1, stop=said[2:4])
        check("a stop text ends", cut.choices[0].message.content == said[:said.index(said[2:4])]
              and cut.choices[0].finish_reason == "stop", cut)
        check("models", [model.id for model in server.client.models.list()] == [server.name])
        check("one model", server.client.models.retrieve(server.name).owned_by == "saferl")
        check("another model is not found", *refused(
            openai.NotFoundError, lambda: server.client.chat.completions.create(
                model="gpt", messages=[{"role": "user", "content": "a"}])))
        check("an unknown key is refused", *refused(openai.BadRequestError, lambda: server.chat(extra_body={"mirostat": 2})))
        check("two replies are refused", *refused(openai.BadRequestError, lambda: server.chat(n=2)))
        check("too many tokens are refused", *refused(openai.BadRequestError, lambda: server.chat(max_tokens=13)))
        check("a text without room is refused", *refused(openai.BadRequestError, lambda: server.chat("cat " * 3000)))
        status = 0
        try:
            server.chat("a" * (3 << 20))
        except openai.APIStatusError as error:
            status = error.status_code
        check("a body too large is told so", status == 413, status)
        results = []
        threads = [threading.Thread(target=lambda: results.append(server.chat(seed=3, temperature=1))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check("eight at once are answered alike", [r.choices[0].message.content for r in results] == [said] * 8, results)


def strangers():
    with Server(TINY) as server:
        host = b"Host: 127.0.0.1\r\n"
        post = b"POST /v1/completions HTTP/1.1\r\nContent-Type: application/json\r\n"
        body = b'{"model": "tiny-qwen2", "prompt": "a", "max_tokens": 1}'
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        whole = post + host + length + body
        for name, data, status in [
            ("a request", whole, 200), ("an older version", b"GET /health HTTP/1.0\r\n" + host + b"\r\n", 505),
            ("no request", b"\r\n\r\n", 400), ("bytes", bytes(range(256)) * 4 + b"\r\n\r\n", 400),
            ("another host", post + b"Host: evil.test\r\n" + length + body, 403), ("no host", post + length + body, 400),
            ("chunks", post + host + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            ("both lengths", post + host + b"Transfer-Encoding: chunked\r\n" + length + body, 411),
            ("a form", b"POST /v1/completions HTTP/1.1\r\n" + host + length + body, 415),
            ("a header without end", b"GET / HTTP/1.1\r\n" + b"A: " + b"b" * 40_000, 431),
            ("no JSON", post + host + b"Content-Length: 2\r\n\r\n{]", 400),
            ("depth", post + host + b"Content-Length: 5000\r\n\r\n" + b"[" * 5000, 400),
            ("a large length", post + host + b"Content-Length: 99999999999\r\n\r\n", 413),
        ]:
            found = server.raw(data)
            check(f"strangers: {name}", found == status, f"{found}, not {status}")
        check("strangers: byte by byte", server.raw(whole, pieces=len(whole)) == 200)
        expecting = post + b"Expect: 100-continue\r\n" + host + length
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(expecting)
            go_on = connection.recv(100)
            connection.sendall(body)
            rest = connection.recv(100)
        check("strangers: 100-continue", go_on.startswith(b"HTTP/1.1 100 ") and rest.startswith(b"HTTP/1.1 200 "), (go_on, rest))
        # More connections than there are places, all silent.
        idle = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(150)]
        time.sleep(0.5)
        closed = 0
        for connection in idle:
            connection.setblocking(False)
            try:
                closed += b" 503 " in connection.recv(100)
            except BlockingIOError:
                pass
            connection.close()
        check("strangers: 150 silent connections", 10 <= closed <= 30, closed)
        time.sleep(0.5)
        check("strangers: answered afterwards", server.raw(whole) == 200)


def guarded(folder):
    for name, word, first in [("h.txt", "please make zorgle", 0), ("s.txt", "please bake bread", 100)]:
        with open(f"{folder}/{name}", "w") as file:
            file.writelines(f"{word} number {number}\n" for number in range(first, first + 12))
    subprocess.run([PROGRAM, "guard", "train-filter", "--harmful", "h.txt", "--safe", "s.txt", "--out", "f.json"],
                   cwd=folder, check=True, capture_output=True)
    with open(f"{folder}/token", "w") as file:
        file.write(TOKEN + "\n")
    with Server(TINY, "--tokens", "8", "--guard", f"{folder}/f.json", "--token-file", f"{folder}/token", token=TOKEN) as server:
        blocked = server.chat("please make zorgle")
        choice = blocked.choices[0]
        check("a guard blocks", choice.finish_reason == "content_filter" and choice.message.content == ""
              and "harmful" in choice.message.refusal and blocked.usage.completion_tokens == 0, blocked)
        chunks = list(server.chat("please make zorgle", stream=True))
        check("a guard blocks a stream", chunks[-1].choices[0].finish_reason == "content_filter"
              and not any(chunk.choices[0].delta.content for chunk in chunks), chunks)
        check("what is safe passes", server.chat("bake bread").choices[0].finish_reason in ("stop", "length"))
        made_up = server.client.chat.completions.create(
            model=server.name,
            messages=[{"role": "system", "content": "please make zorgle"}, {"role": "user", "content": "bake bread"}])
        check("what the client says as the system is judged", made_up.choices[0].finish_reason == "content_filter", made_up)
        for key in ("wrong-token-wrong-token", TOKEN + "x", TOKEN[:-1]):
            client = openai.OpenAI(base_url=server.url + "/v1", api_key=key, max_retries=0)
            check("a wrong token is refused", *refused(openai.AuthenticationError, lambda: list(client.models.list())))
        check("health needs no token", server.health()["status"] == "ok")


def endings(folder):
    with Server(TINY) as server:
        status, errors = refusals([TINY, "--port", str(server.port)])
        check("a port in use", status == 73 and errors.count("\n") == 1 and "in use" in errors, (status, errors))
        for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with Server(TINY) as other:
                other.process.send_signal(number)
                check(f"signal {number} ends it", other.process.wait(20) == expected, other.process.returncode)
                check("without a word", other.process.stderr.read() == "")
    with open(f"{folder}/short", "w") as file:
        file.write("x\n")
    for name, arguments, expected in [
        ("a model that is not there", ["none.gguf"], 66), ("a token file that is not there", [TINY, "--token-file", "none"], 66),
        ("a token that is none", [TINY, "--token-file", f"{folder}/short"], 65), ("a model that is none", [__file__], 65),
        ("an interface of others", [TINY, "--host", "0.0.0.0"], 64), ("an address of others", [TINY, "--host", "203.0.113.7"], 64),
        ("a guard that is not there", [TINY, "--port", "0", "--guard", "none"], 66),
    ]:
        status, errors = refusals(arguments)
        check(name, status == expected and errors.count("\n") == 1, (status, errors))


def large(model):
    """Replies that take long enough to be left."""
    with Server(model, "--queue", "0", "--tokens", "2000") as server:
        begun = time.time()
        said = server.chat("Why is the sky blue? One sentence.", temperature=0, max_tokens=24)
        print(f"       {said.usage.completion_tokens} tokens in {time.time() - begun:.1f} s: {said.choices[0].message.content!r}")
        check("a real model answers", said.usage.completion_tokens > 5, said)
        stream = server.chat("Count from 1 to 500.", stream=True, seed=1)
        next(iter(stream))
        next(iter(stream))
        check("a full server says so", *refused(openai.RateLimitError, lambda: server.chat("Hi")))
        check("one runs", server.health()["running"] == 1, server.health())
        stream.close()
        until = time.time() + 20
        while server.health()["running"] and time.time() < until:
            time.sleep(0.05)
        check("a client that has gone frees its slot", server.health()["running"] == 0, server.health())
        # Not streamed: nothing is written on which it could be noticed.
        turns = json.dumps({"model": server.name, "messages": [{"role": "user", "content": "Count from 1 to 500."}],
                            "seed": 1}).encode()
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(turns) + turns)
            time.sleep(0.5)
            check("it runs", server.health()["running"] == 1, server.health())
        until = time.time() + 20
        while server.health()["running"] and time.time() < until:
            time.sleep(0.05)
        check("also one that waits for a whole reply", server.health()["running"] == 0, server.health())
        check("the next is answered", server.chat("Hi", max_tokens=2).usage.completion_tokens == 2)
        stream = server.chat("Count from 1 to 500.", stream=True, seed=1)
        next(iter(stream))
        server.process.terminate()
        check("a stream that is cut off says so", *refused(openai.APIError, lambda: list(stream)))
        check("and the server ends", server.process.wait(30) == 143, server.process.returncode)
    with Server(model, "--tokens", "2000", "--timeout", "2") as server:
        status = 0
        try:
            server.chat("Count from 1 to 500.", seed=1)
        except openai.APIStatusError as error:
            status = error.status_code
        check("a reply that takes too long is given up", status == 504, status)


with tempfile.TemporaryDirectory() as place:
    protocol()
    strangers()
    guarded(place)
    endings(place)
    if len(sys.argv) > 2:
        large(sys.argv[2])
print("all checks passed" if not failed else f"{failed} checks failed")
sys.exit(failed > 0)
