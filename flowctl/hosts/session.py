"""HTTP as a pipeline wants it: tried again where that may help, never to another server, and no token in any word."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import requests.adapters

from flowctl.hosts.protocol import HostRefused

TRIES = 5
TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two bytes of an answer
LONGEST_WAIT = 60.0  # seconds that a host may ask us to wait; a pipeline pays for every minute
REPEATABLE = ("GET", "HEAD", "PUT", "PATCH", "DELETE")  # done twice is as done once
NUMBER = re.compile(r"[0-9]{1,12}")

Sleep = Callable[[float], None]


def open_session(name: str, address: str, token: str, hint: str, sleep: Sleep) -> requests.Session:
    """A session that speaks to the server of `address` only, and raises `HostRefused` for whatever is no success.

    Args:
        name: The host's, for messages.
        token: What must not be in any message; who signs requests is the caller.
        hint: What to do when the token is refused.
    """
    session = requests.Session()
    adapter = _Careful(name, address, token, hint, sleep)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = "flowctl"
    return session


class _Careful(requests.adapters.HTTPAdapter):
    """Sends a request, if need be several times."""

    def __init__(self, name: str, address: str, token: str, hint: str, sleep: Sleep) -> None:
        super().__init__()
        self._name, self._origin, self._token, self._hint, self._sleep = name, _origin(address), token, hint, sleep

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._require_same_server(request.url or "")
        kwargs["timeout"] = TIMEOUT
        for tried in range(1, TRIES + 1):
            answer = self._sent(request, args, kwargs)
            wait = _wait(answer, tried)
            if wait is None or tried == TRIES or wait > LONGEST_WAIT or not _may_repeat(request, answer):
                break
            self._sleep(wait)
        return self._require_good(request, answer, wait)

    def _sent(
        self, request: requests.PreparedRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> requests.Response | requests.RequestException:
        """The answer, read to its end, or why there is none."""
        try:
            response = super().send(request, *args, **kwargs)
            _ = response.content
        except requests.RequestException as error:
            return error
        return response

    def _require_same_server(self, url: str) -> None:
        if _origin(url) != self._origin:
            there = urlsplit(url).hostname
            hint = f"{self._name} has moved, or a proxy is in between: give its new address to CI"
            raise HostRefused(f"{self._name} sends us on to `{there}`; the token is not sent there", hint=hint)

    def _require_good(
        self,
        request: requests.PreparedRequest,
        answer: requests.Response | requests.RequestException,
        wait: float | None,
    ) -> requests.Response:
        if isinstance(answer, requests.RequestException):
            raise self._no_answer(answer, request)
        if answer.is_redirect:
            return self._redirected(request, answer)
        if answer.status_code >= 300:
            raise self._refused(request, answer, wait)
        if answer.status_code != 204 and not _is_data(answer):
            hint = "a log-in page or a proxy answers in its place: is the address in CI's variables right?"
            raise HostRefused(f"{self._name} answered with something that is no JSON", hint=hint)
        return answer

    def _redirected(self, request: requests.PreparedRequest, answer: requests.Response) -> requests.Response:
        """The redirect itself, for requests to follow, where that asks the same server the same thing."""
        self._require_same_server(urljoin(request.url or "", answer.headers["Location"]))
        if request.method not in ("GET", "HEAD") and answer.status_code not in (307, 308):
            hint = "was the project renamed? run the pipeline again"
            raise HostRefused(f"{self._name} has moved what was asked for", hint=hint, status=answer.status_code)
        return answer

    def _no_answer(self, error: requests.RequestException, request: requests.PreparedRequest) -> HostRefused:
        """Nothing of the library's words: they may hold the address of a proxy with its password."""
        what = {
            requests.exceptions.SSLError: "its certificate is not trusted",
            requests.exceptions.ProxyError: "the proxy does not let us through",
            requests.exceptions.ConnectTimeout: f"nobody answered within {TIMEOUT[0]:g} seconds",
            requests.exceptions.ReadTimeout: f"the answer did not come within {TIMEOUT[1]:g} seconds",
        }
        why = next((words for cls, words in what.items() if isinstance(error, cls)), "no connection")
        message = f"{self._name} at `{urlsplit(request.url or '').netloc}` cannot be reached: {why}"
        hint = "is the address in CI's variables right, and may this runner reach it? then run the pipeline again"
        return HostRefused(message, hint=hint, arrived=not _never_left(error))

    def _refused(self, request: requests.PreparedRequest, answer: requests.Response, wait: float | None) -> HostRefused:
        status, said = answer.status_code, self._said(answer)
        if wait is not None and status < 500:
            seconds = max(1, round(wait))
            message, hint = f"{self._name} takes no more requests for now", f"try again in {seconds} seconds"
        elif status in (401, 403):
            message, hint = f"{self._name} does not let this token do that", self._hint
        elif status == 404:
            message, hint = f"{self._name} knows no `{urlsplit(request.url or '').path}`, or hides it", self._hint
        elif status >= 500:
            message, hint = f"{self._name} has trouble of its own", "run the pipeline again later"
        else:
            message, hint = f"{self._name} does not take what we sent", "run the pipeline again"
        return HostRefused(f"{message} ({status}{said})", hint=hint, status=status, arrived=status >= 500)

    def _said(self, answer: requests.Response) -> str:
        """The host's own words, on one line."""
        try:
            found = answer.json()
            words = str(found.get("message") or found.get("error") or "")
        except (ValueError, AttributeError):
            return ""
        line = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f`]+", " ", words.replace(self._token, "…")).split())
        return f": {line[:200]}" if line else ""


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _wait(answer: requests.Response | requests.RequestException, tried: int) -> float | None:
    """How many seconds to wait before another try; None when another try would end alike."""
    backoff = float(2 ** (tried - 1))
    if isinstance(answer, requests.RequestException):
        return None if isinstance(answer, requests.exceptions.SSLError) else backoff
    asked = _asked_wait(answer)
    if answer.status_code == 429 or answer.status_code >= 500:
        return backoff if asked is None else asked
    return asked if answer.status_code == 403 else None  # GitHub's word for too many requests, when it says how long


def _asked_wait(answer: requests.Response) -> float | None:
    """The seconds that a host asks for, told by its own clock where it gives a moment."""
    now = _moment(answer.headers.get("Date", ""))
    if asked := answer.headers.get("Retry-After"):
        until = float(asked) + (now or 0.0) if NUMBER.fullmatch(asked) else _moment(asked)
        return None if until is None else max(0.0, until - (now or 0.0))
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if answer.headers.get("X-RateLimit-Remaining") == "0" and NUMBER.fullmatch(reset) and now:
        return max(0.0, float(reset) - now)
    return None


def _is_data(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


def _moment(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None


def _may_repeat(request: requests.PreparedRequest, answer: requests.Response | requests.RequestException) -> bool:
    """Whether a second try cannot do a second time what the first has done."""
    if request.method in REPEATABLE:
        return True
    return _never_left(answer) if isinstance(answer, requests.RequestException) else answer.status_code < 500


def _never_left(error: requests.RequestException) -> bool:
    """Whether the request was not even sent."""
    kinds = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, kinds) or type(reason).__name__ == "NewConnectionError"
