"""A server of pictures on the loopback address, which answers as a test tells it to."""

import io
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.conftest import make_picture
from tf_cyclegan.prepare.gather.work import Work


def jpeg(seed=0, width=64, height=48):
    file = io.BytesIO()
    make_picture(seed, width, height).save(file, "JPEG")
    return file.getvalue()


class Server(ThreadingHTTPServer):
    """Answers each path with the next of its answers, the last one for ever; keeps what was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list] = {}
        self.asked: list[tuple[str, float, dict]] = []
        self.now = self.most = 0
        self.lock = threading.Lock()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def work(self, path):
        return Work(path.strip("/"), io.BytesIO, "art", url=self.url(path))

    def times(self, path):
        return [moment for asked, moment, _ in self.asked if asked == path]

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        with server.lock:
            server.asked.append((self.path, time.monotonic(), dict(self.headers)))
            answers = server.answers.get(self.path, [jpeg()])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            server.now += 1
            server.most = max(server.most, server.now)
        try:
            answer(self) if callable(answer) else answer_with(answer)(self)
        finally:
            with server.lock:
                server.now -= 1

    def log_message(self, *_):
        pass


def answer_with(body=b"", status=200, **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in {"Content_Type": "image/jpeg", "Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer
