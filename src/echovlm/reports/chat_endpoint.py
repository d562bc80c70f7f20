"""A language model behind an OpenAI-compatible endpoint: one prompt in, one text out.

The protocol is ``POST {base}/chat/completions`` as vLLM, llama.cpp, Ollama and the hosted services speak it; the
standard library suffices for it.
"""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from echovlm.errors import EchoVLMError

_LONGEST_WAIT_S: Final = 30.0
_SHOWN: Final = 200
_AGAIN: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)
_LARGEST_ANSWER: Final = 1 << 20


class EndpointError(EchoVLMError, RuntimeError):
    """An endpoint cannot be reached, refuses, or answers with something else than a completion."""


@dataclass(frozen=True, slots=True)
class ChatEndpoint:
    """Where a language model answers.

    Attributes:
        base_url: Address up to and including the version, such as ``http://localhost:8000/v1``.
        model: The model's name there.
        api_key: Sent as a bearer token; empty for none. Never shown.
        temperature: Of the sampling; 0 gives the likeliest words.
        timeout_s: Longest wait for one answer.
        tries: How often a busy or unreachable endpoint is asked.
        pause_s: Wait before the second try; it doubles from try to try.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    temperature: float = 0.7
    timeout_s: float = 60.0
    tries: int = 3
    pause_s: float = 1.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise EndpointError(
                f"{self.base_url!r} is no address of an endpoint; give one such as http://localhost:8000/v1"
            )

    def complete(self, prompt: str) -> str:
        """Return the model's answer to one prompt.

        Raises:
            EndpointError: If the endpoint cannot be reached, refuses, or gives no text.
        """
        for attempt in range(1, self.tries + 1):
            try:
                return self._text(self._post(prompt))
            except urllib.error.HTTPError as error:
                told = f"answered {error.code} {error.reason}: {_excerpt(error)}"
                if error.code not in _AGAIN or attempt == self.tries:
                    raise EndpointError(
                        f"{self._where} {told}. Check the address, the model and the key."
                    ) from None
                wait = _retry_after(error)
            except (OSError, HTTPException) as error:
                if attempt == self.tries:
                    reason = getattr(error, "reason", None) or error
                    raise EndpointError(
                        f"{self._where} cannot be reached ({reason}); is it running, and is the address right?"
                    ) from None
                wait = None
            time.sleep(min(_LONGEST_WAIT_S, self.pause_s * 2 ** (attempt - 1) if wait is None else wait))
        raise AssertionError("tries is at least 1")

    @property
    def _where(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"

    def _post(self, prompt: str) -> bytes:
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": self.temperature,
            "stream": False,
        }
        request = urllib.request.Request(
            f"{self.base_url.rstrip('/')}/chat/completions",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}),
        )
        with urllib.request.urlopen(request, timeout=self.timeout_s) as response:
            return bytes(response.read(_LARGEST_ANSWER))

    def _text(self, answer: bytes) -> str:
        try:
            content: Any = json.loads(answer)["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError):
            content = None
        if not isinstance(content, str):
            shown = answer[:_SHOWN].decode(errors="replace")
            raise EndpointError(
                f"{self._where} answered with no completion: {shown!r}. Is it an OpenAI-compatible endpoint?"
            )
        return content


def _excerpt(error: urllib.error.HTTPError) -> str:
    try:
        return error.read(_SHOWN).decode(errors="replace").strip().replace("\n", " ") or "no text"
    except OSError:
        return "no text"


def _retry_after(error: urllib.error.HTTPError) -> float | None:
    try:
        return max(0.0, float(error.headers.get("Retry-After", "")))
    except ValueError:
        return None
