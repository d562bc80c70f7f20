"""A stand-in for the Hugging Face hub on this machine: what its client asks for a push and a download, in memory."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class LoopbackHub:
    """One process's hub. ``commits`` and ``asked`` say what came in."""

    def __init__(self):
        self.repos: dict[str, list[dict[str, bytes]]] = {}  # the files after each commit
        self.private: dict[str, bool] = {}
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        hub = self

        class Handler(_Handler):
            store = hub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def commit(self, repo: str, files: dict[str, bytes]) -> str:
        before = self.repos[repo][-1] if self.repos[repo] else {}
        self.repos[repo].append(before | files)
        return self.revision(repo, len(self.repos[repo]) - 1)

    def revision(self, repo: str, index: int) -> str:
        return hashlib.sha1(f"{repo} {index}".encode()).hexdigest()

    def files(self, repo: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        states = self.repos.get(repo, [])
        names = {self.revision(repo, i): state for i, state in enumerate(states)}
        name = self.revision(repo, len(states) - 1) if revision == "main" else revision
        return (name, names[name]) if name in names else None


class _Handler(BaseHTTPRequestHandler):
    store: LoopbackHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else self._chunks()
        path = unquote(urlsplit(self.path).path)
        self._note(path)
        if path == "/api/repos/create":
            asked = json.loads(body)
            repo = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            if repo in self.store.repos:
                there = {
                    "error": "You already created this model repo",
                    "url": f"{self.store.endpoint}/{repo}",
                }
                return self._json(there, 409)
            hidden = asked.get("private") or asked.get("visibility") == "private"
            self.store.repos[repo], self.store.private[repo] = [], bool(hidden)
            return self._json({"url": f"{self.store.endpoint}/{repo}"})
        if path == "/api/validate-yaml":  # the front matter of the card
            return self._json({"errors": [], "warnings": []})
        repo = "/".join(path.split("/")[3:5])
        if repo not in self.store.repos:
            return self._json({"error": "Repository not found"}, 404, code="RepoNotFound")
        if "/preupload/" in path:
            wanted = json.loads(body)["files"]
            modes = [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in wanted]
            return self._json({"files": modes})
        if "/commit/" in path:
            lines = [json.loads(line) for line in body.splitlines() if line.strip()]
            files = {
                line["value"]["path"]: base64.b64decode(line["value"]["content"])
                for line in lines
                if line["key"] == "file"
            }
            oid = self.store.commit(repo, files)
            return self._json(
                {"success": True, "commitOid": oid, "commitUrl": f"{self.store.endpoint}/{repo}/commit/{oid}"}
            )
        return self._json({"error": f"no such place {path}"}, 404)

    def do_HEAD(self):
        self._send_file(with_body=False)

    def do_GET(self):
        self._send_file(with_body=True)

    def _send_file(self, *, with_body: bool):
        path = unquote(urlsplit(self.path).path)
        self._note(path)
        parts = path.strip("/").split("/")
        if len(parts) < 5 or parts[2] != "resolve":
            return self._json({"error": f"no such place {path}"}, 404)
        repo, revision, name = "/".join(parts[:2]), parts[3], "/".join(parts[4:])
        found = self.store.files(repo, revision)
        if found is None:
            code = "RevisionNotFound" if repo in self.store.repos else "RepoNotFound"
            return self._json({"error": code}, 404, code=code)
        oid, files = found
        if name not in files:
            return self._json({"error": "EntryNotFound"}, 404, code="EntryNotFound")
        self.send_response(200)
        self.send_header("Content-Length", str(len(files[name])))
        self.send_header("ETag", f'"{hashlib.sha256(files[name]).hexdigest()}"')
        self.send_header("X-Repo-Commit", oid)
        self.end_headers()
        if with_body:
            self.wfile.write(files[name])
        return None

    def _note(self, path: str):
        self.store.asked.append(path)
        self.store.tokens.add(self.headers.get("Authorization"))

    def _json(self, value, status=200, *, code=None):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if code is not None:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _chunks(self) -> bytes:
        """Return a body that came in chunks (RFC 9112, section 7.1)."""
        data = b""
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data
