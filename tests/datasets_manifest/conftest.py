"""A server on this machine that cuts connections, changes files, redirects and refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Server:
    """What the server does, and what it was asked for."""

    content: bytes = bytes(range(256)) * 4000
    etag: str = '"one"'
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    pages: list[str] = field(default_factory=lambda: ["/file.zip", "/list"])
    answers: dict[str, bytes] = field(default_factory=dict)
    url: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            asked = self.headers.get("Range")
            state.requests.append((self.path, asked))
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/file.zip")
                self.end_headers()
            elif self.path in state.pages:
                self.send_file(asked)
            else:
                self.send_error(404)

        def send_file(self, asked):
            content = state.answers.get(self.path, state.content)
            begin, total = 0, len(content)
            same = self.headers.get("If-Range", state.etag) == state.etag
            if asked and state.ranges and same:
                begin = int(asked.removeprefix("bytes=").rstrip("-"))
                if begin >= total:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{total}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {begin}-{total - 1}/{total}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(total - begin))
            if state.etag:
                self.send_header("ETag", state.etag)
            self.end_headers()
            end = begin + state.cuts.pop(0) if state.cuts else total
            self.wfile.write(content[begin:end])
            self.wfile.flush()
            if end < total:
                self.close_connection = True

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{running.server_port}"
    yield state
    running.shutdown()
    thread.join()
    running.server_close()
