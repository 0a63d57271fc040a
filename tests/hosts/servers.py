"""GitLab and GitHub as real HTTP servers in a thread: the endpoints that we use, as they are documented.

What goes wrong is put into `faults`: each is an answer given in the place of the real one, once.
"""

import datetime as dt
import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

NOW = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)
TOKEN = "glpat-S3cretS3cretS3cret"


@dataclass
class Fault:
    """An answer in the place of the real one. `after`: what was asked for is done all the same, before this is said."""

    status: int
    payload: object = field(default_factory=lambda: {"message": "out of order"})
    headers: dict = field(default_factory=dict)
    method: str = ""
    path: str = ""
    after: bool = False
    cut: bool = False  # the connection ends in the middle of the answer


@dataclass
class Asked:
    method: str
    path: str
    query: dict
    body: dict
    headers: dict


class Server:
    """A server with a host's memory. Subclasses have `routes`: method, pattern, and the method that answers."""

    def __init__(self):
        self.asked = []
        self.faults = deque()
        self.users = {}  # token -> user
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                host.handle(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def handle(self, handler):
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        asked = Asked(
            handler.command, unquote(parts.path), query, json.loads(body) if body else {}, dict(handler.headers)
        )
        self.asked.append(asked)
        fault = self._fault(asked)
        status, payload, headers = self._answer(asked) if fault is None or fault.after else (0, None, {})
        if fault:
            status, payload, headers = fault.status, fault.payload, fault.headers
        self._send(handler, status, payload, headers, cut=bool(fault and fault.cut))

    def _fault(self, asked):
        if not self.faults:
            return None
        fault = self.faults[0]
        if (fault.method or asked.method) == asked.method and asked.path.endswith(fault.path):
            return self.faults.popleft()
        return None

    def _answer(self, asked):
        user = self.users.get(self.token_of(asked))
        if user is None:
            return 401, {"message": "401 Unauthorized"}, {}
        for method, pattern, answer in self.routes:
            if method == asked.method and (found := re.fullmatch(pattern, asked.path)):
                return getattr(self, answer)(asked, user, *found.groups())
        return 404, {"message": "404 Not Found"}, {}

    def _send(self, handler, status, payload, headers, cut):
        is_text = isinstance(payload, str)
        data = b"" if status == 204 else payload.encode() if is_text else json.dumps(payload).encode()
        handler.send_response_only(status)
        handler.send_header("Date", format_datetime(NOW, usegmt=True))
        handler.send_header("Content-Type", "text/html" if is_text else "application/json")
        handler.send_header("Content-Length", str(len(data) + (100 if cut else 0)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)
        if cut:
            handler.close_connection = True

    def page(self, asked, items, default):
        """One page of a list, with the links to the others."""
        size, number = int(asked.query.get("per_page", default)), int(asked.query.get("page", 1))
        assert size <= 100, "no host gives more on one page"
        links = {"next": number + 1} if number * size < len(items) else {}
        links |= {"first": 1, "last": max(1, -(-len(items) // size))}
        rest = "".join(f"&{name}={value}" for name, value in asked.query.items() if name != "page")
        link = ", ".join(f'<{self.address}{asked.path}?page={n}{rest}>; rel="{name}"' for name, n in links.items())
        return 200, items[(number - 1) * size : number * size], {"Link": link}

    def calls(self, *methods):
        return [asked for asked in self.asked if asked.method in methods]


def moment(hours):
    return (NOW + dt.timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


class GitLabServer(Server):
    """One project (7) with one merge request (12)."""

    routes = (
        ("GET", "/api/v4/user", "user"),
        ("GET", "/api/v4/projects/7/merge_requests/12", "request"),
        ("GET", "/api/v4/projects/7/merge_requests/12/notes", "list_notes"),
        ("POST", "/api/v4/projects/7/merge_requests/12/notes", "create_note"),
        ("PUT", r"/api/v4/projects/7/merge_requests/12/notes/(\d+)", "update_note"),
        ("DELETE", r"/api/v4/projects/7/merge_requests/12/notes/(\d+)", "delete_note"),
        ("GET", "/api/v4/projects/7/merge_requests/12/approvals", "approvals"),
        ("GET", "/api/v4/projects/7/merge_requests/12/versions", "versions"),
        ("GET", "/api/v4/projects/7/approvals", "settings"),
        ("GET", "/api/v4/projects/7/repository/commits/([0-9a-f]+)/merge_requests", "brought"),
    )

    def __init__(self):
        super().__init__()
        self.users = {TOKEN: self.account(50, "project_7_bot"), "other": self.account(51, "mallory")}
        self.notes = []
        self.approved_by = []
        self.resets = None  # None: the project's settings are not to be had, as on GitLab Free
        self.pushed = [("b" * 40, moment(-5)), ("a" * 40, moment(-2))]
        self.state = "opened"

    def account(self, id_, username):
        return {"id": id_, "username": username, "name": username.replace("_", " ").title(), "state": "active"}

    def token_of(self, asked):
        return asked.headers.get("PRIVATE-TOKEN")

    def note(self, user, body, *, system=False):
        note = {
            "id": 300 + len(self.notes),
            "type": None,
            "body": body,
            "attachment": None,
            "author": user,
            "created_at": moment(-1),
            "updated_at": moment(-1),
            "system": system,
            "noteable_id": 377,
            "noteable_type": "MergeRequest",
            "project_id": 7,
            "noteable_iid": 12,
            "resolvable": False,
            "confidential": False,
            "internal": False,
        }
        self.notes.append(note)
        return note

    def user(self, asked, user):
        return 200, user | {"email": "bot@example.com", "bot": True}, {}

    def request(self, asked, user):
        return (
            200,
            {
                "id": 1,
                "iid": 12,
                "project_id": 7,
                "title": "MDF campaigns first",
                "state": self.state,
                "source_branch": "draft/2026-11-23-mdf",
                "target_branch": "main",
                "author": self.account(3, "ana"),
                "sha": self.pushed[-1][0],
                "web_url": f"{self.address}/acme/routing/-/merge_requests/12",
            },
            {},
        )

    def list_notes(self, asked, user):
        ascending = asked.query.get("sort", "desc") == "asc"
        return self.page(asked, self.notes if ascending else self.notes[::-1], 20)

    def create_note(self, asked, user):
        if len(asked.body["body"]) > 1_000_000:
            return 400, {"message": {"note": ["is too long (maximum is 1000000 characters)"]}}, {}
        return 201, self.note(user, asked.body["body"].rstrip()), {}

    def update_note(self, asked, user, id_):
        note = next(note for note in self.notes if note["id"] == int(id_))
        if note["author"] != user:
            return 403, {"message": "403 Forbidden"}, {}
        note["body"] = asked.body["body"].rstrip()
        return 200, note, {}

    def delete_note(self, asked, user, id_):
        self.notes = [note for note in self.notes if note["id"] != int(id_)]
        return 204, None, {}

    def approvals(self, asked, user):
        fields = {"id": 5, "iid": 12, "project_id": 7, "title": "MDF campaigns first", "approvals_required": 2}
        return 200, fields | {"approvals_left": 1, "approved_by": self.approved_by}, {}

    def approve(self, id_, username, hours=None):
        at = {} if hours is None else {"approved_at": moment(hours)}
        self.approved_by.append({"user": self.account(id_, username), **at})

    def versions(self, asked, user):
        found = [
            {
                "id": 110 + i,
                "head_commit_sha": commit,
                "base_commit_sha": "e" * 40,
                "start_commit_sha": "f" * 40,
                "created_at": since,
                "merge_request_id": 1,
                "state": "collected",
                "real_size": "1",
            }
            for i, (commit, since) in enumerate(self.pushed)
        ]
        return self.page(asked, found[::-1], 20)

    def settings(self, asked, user):
        if self.resets is None:
            return 404, {"message": "404 Not Found"}, {}
        return 200, {"approvals_before_merge": 2, "reset_approvals_on_push": self.resets}, {}

    def brought(self, asked, user, commit):
        found = [{"iid": 11, "state": "closed"}, {"iid": 12, "state": "merged", "merge_commit_sha": "c" * 40}]
        return 200, found if commit == "c" * 40 else [], {}


class GitHubServer(Server):
    """One repository (acme/routing) with one pull request (12)."""

    base = "/repos/acme/routing"
    routes = (
        ("GET", "/user", "user"),
        ("GET", "/users/([a-z-]+)", "account"),
        ("GET", f"{base}/pulls/12", "request"),
        ("GET", f"{base}/issues/12/comments", "list_comments"),
        ("POST", f"{base}/issues/12/comments", "create_comment"),
        ("PATCH", rf"{base}/issues/comments/(\d+)", "update_comment"),
        ("DELETE", rf"{base}/issues/comments/(\d+)", "delete_comment"),
        ("GET", f"{base}/pulls/12/reviews", "list_reviews"),
        ("GET", f"{base}/commits/([0-9a-f]+)/pulls", "brought"),
    )

    def __init__(self):
        super().__init__()
        self.users = {
            TOKEN: {"id": 41898282, "login": "github-actions[bot]", "type": "Bot"},
            "person": {"id": 9, "login": "ana", "type": "User"},
        }
        self.comments = []
        self.reviews = []

    def token_of(self, asked):
        return asked.headers.get("Authorization", "").removeprefix("Bearer ")

    def comment(self, user, body):
        comment = {
            "id": 900 + len(self.comments),
            "body": body,
            "user": user,
            "html_url": f"https://github.example/acme/routing/pull/12#issuecomment-{900 + len(self.comments)}",
            "created_at": moment(-1),
            "updated_at": moment(-1),
            "author_association": "NONE",
        }
        self.comments.append(comment)
        return comment

    def review(self, login, state, hours=-1, commit="a" * 40, association="COLLABORATOR"):
        user = {"id": sum(map(ord, login)), "login": login, "type": "User"} if login else None
        self.reviews.append(
            {
                "id": 80 + len(self.reviews),
                "user": user,
                "body": "",
                "state": state,
                "submitted_at": moment(hours),
                "commit_id": commit,
                "author_association": association,
            }
        )

    def user(self, asked, user):
        if user["type"] == "Bot":
            return 403, {"message": "Resource not accessible by integration"}, {}
        return 200, user, {}

    def account(self, asked, user, login):
        names = {"bo": "Bo Lind", "kim": None}
        return (200, {"login": login, "name": names[login]}, {}) if login in names else (404, {"message": "no"}, {})

    def request(self, asked, user):
        return (
            200,
            {
                "number": 12,
                "state": "open",
                "title": "MDF campaigns first",
                "user": {"login": "ana", "id": 9, "type": "User"},
                "head": {"ref": "draft/2026-11-23-mdf", "sha": "a" * 40},
                "base": {"ref": "main", "sha": "e" * 40},
                "html_url": "https://github.example/acme/routing/pull/12",
            },
            {},
        )

    def list_comments(self, asked, user):
        return self.page(asked, self.comments, 30)

    def create_comment(self, asked, user):
        if len(asked.body["body"]) > 65_536:
            return 422, {"message": "Validation Failed"}, {}
        return 201, self.comment(user, asked.body["body"]), {}

    def update_comment(self, asked, user, id_):
        comment = next(comment for comment in self.comments if comment["id"] == int(id_))
        comment["body"] = asked.body["body"]
        return 200, comment, {}

    def delete_comment(self, asked, user, id_):
        self.comments = [comment for comment in self.comments if comment["id"] != int(id_)]
        return 204, None, {}

    def list_reviews(self, asked, user):
        return self.page(asked, self.reviews, 30)

    def brought(self, asked, user, commit):
        found = [
            {"number": 11, "merged_at": None, "merge_commit_sha": "c" * 40},
            {"number": 12, "merged_at": moment(-1), "merge_commit_sha": "c" * 40},
        ]
        return 200, found if commit == "c" * 40 else [], {}
