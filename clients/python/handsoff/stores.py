"""Where a dataset's files lie. A store reads whole files, parts of them, and streams; it can be pickled (data loaders do)."""
import base64
import email.utils
import hashlib
import hmac
import http.client
import io
import os
import time
import urllib.error
import urllib.parse
import urllib.request

TRIES = 5
TIMEOUT = 60
BUSY = (408, 429, 500, 502, 503, 504)
BROKEN = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


class FolderStore:
    """A folder."""

    def __init__(self, path):
        self.path = os.path.abspath(path)

    def __str__(self):
        return self.path

    def read(self, name, first=None, length=None):
        """The file's bytes, or ``length`` of them from ``first`` on; FileNotFoundError when there is none."""
        with self.stream(name) as file:
            if first is None:
                return file.read()
            file.seek(first)
            return file.read(length)

    def stream(self, name):
        return open(os.path.join(self.path, *name.split("/")), "rb")


class HttpStore:
    """Files under an address: HandsOff's own API, a web server, or a container that is public or read with a shared access signature.

    ``url`` may carry a query (the signature), which every request then does too. ``key`` is an API key of HandsOff.
    """

    def __init__(self, url, key=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        self.base = urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        self.query = parts.query
        self.headers = dict(headers or {})
        if key:
            self.headers["Authorization"] = f"Bearer {key}"

    def __str__(self):
        return self.base

    def read(self, name, first=None, length=None):
        """The file's bytes, or ``length`` of them from ``first`` on; FileNotFoundError when there is none. Tried again when the server is busy."""
        headers = {} if first is None else {"Range": f"bytes={first}-{first + length - 1}"}
        for attempt in range(TRIES):
            try:
                with self._open(name, headers) as answer:
                    data = answer.read()
                    # A server that knows no ranges sends the whole file.
                    return data[first:first + length] if first is not None and answer.status == 200 else data
            except urllib.error.HTTPError as error:
                if error.code == 404:
                    raise FileNotFoundError(f"{self}/{name}: there is no such file") from None
                if error.code not in BUSY or attempt == TRIES - 1:
                    raise OSError(f"{self}/{name}: {error.code} {error.reason}") from None
            except BROKEN as error:
                if attempt == TRIES - 1:
                    raise OSError(f"{self}/{name}: {getattr(error, 'reason', error)}") from None
            time.sleep(0.2 * 2 ** attempt)

    def stream(self, name):
        """The file from its beginning; FileNotFoundError when there is none. It goes on where the connection broke."""
        return _HttpStream(self, name)

    def sign(self, url, headers):
        """The headers with what proves who asks."""
        return headers

    def _open(self, name, headers):
        url = f"{self.base}/{urllib.parse.quote(name)}" + (f"?{self.query}" if self.query else "")
        request = urllib.request.Request(url, headers=self.sign(url, {**self.headers, **headers}))
        return urllib.request.urlopen(request, timeout=TIMEOUT)


class _HttpStream(io.RawIOBase):
    """A file over HTTP that is asked for again, from where it was read to, when the connection breaks or the server is busy."""

    def __init__(self, store, name):
        self._store, self._name, self._at, self._end, self._answer = store, name, 0, None, None
        self._again(self._connect)

    def readable(self):
        return True

    def read(self, size=-1):
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        data = self._again(lambda: self._read(size))
        self._at += len(data)
        return data

    def close(self):
        if self._answer is not None:
            self._answer.close()
        super().close()

    def _read(self, size):
        if self._answer is None:
            self._connect()
        data = self._answer.read(size)
        # A connection that breaks reads like an end.
        if size and not data and self._end is not None and self._at < self._end:
            raise ConnectionError(f"it ended after {self._at} of {self._end} bytes")
        return data

    def _connect(self):
        answer = self._store._open(self._name, {"Range": f"bytes={self._at}-"} if self._at else {})
        length = answer.headers.get("Content-Length")
        skip = self._at if self._at and answer.status == 200 else 0  # a server that knows no ranges begins anew
        self._end = int(length) + self._at - skip if length is not None else self._end
        self._answer = answer
        while skip:
            skip -= len(answer.read(min(skip, 1 << 20))) or skip

    def _again(self, work):
        for attempt in range(TRIES):
            try:
                return work()
            except urllib.error.HTTPError as error:
                if error.code == 404:
                    raise FileNotFoundError(f"{self._store}/{self._name}: there is no such file") from None
                if error.code not in BUSY or attempt == TRIES - 1:
                    raise OSError(f"{self._store}/{self._name}: {error.code} {error.reason}") from None
            except BROKEN as error:
                if attempt == TRIES - 1:
                    raise OSError(f"{self._store}/{self._name}: {getattr(error, 'reason', error)}") from None
            if self._answer is not None:
                self._answer.close()
            self._answer = None
            time.sleep(0.2 * 2 ** attempt)


class AzureStore(HttpStore):
    """A part of a container, read with the account's key (the Shared Key scheme of the Blob service)."""

    VERSION = "2021-08-06"

    def __init__(self, container, prefix="", connection_string=None):
        text = connection_string or os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
        values = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
        if "AccountName" not in values:
            raise ValueError("az: needs AZURE_STORAGE_CONNECTION_STRING (with AccountName), or give an https address with a shared access signature")
        self.account, self._key = values["AccountName"], values.get("AccountKey", "")
        endpoint = values.get("BlobEndpoint") or f"{values.get('DefaultEndpointsProtocol', 'https')}://{self.account}.blob.{values.get('EndpointSuffix', 'core.windows.net')}"
        path = "/".join(p for p in (container, prefix.strip("/")) if p)
        super().__init__(f"{endpoint.rstrip('/')}/{path}" + (f"?{values['SharedAccessSignature'].lstrip('?')}" if "SharedAccessSignature" in values else ""))

    def sign(self, url, headers):
        if not self._key:
            return headers
        headers = {**headers, "x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": self.VERSION}
        known = "".join(f"{k}:{headers[k]}\n" for k in sorted(headers) if k.startswith("x-ms-"))
        resource = f"/{self.account}{urllib.parse.urlsplit(url).path}"
        text = "GET\n" + "\n" * 10 + headers.get("Range", "") + "\n" + known + resource
        proof = base64.b64encode(hmac.new(base64.b64decode(self._key), text.encode(), hashlib.sha256).digest()).decode()
        return {**headers, "Authorization": f"SharedKey {self.account}:{proof}"}


def open_store(place, key=None):
    """A folder, ``az:CONTAINER/PREFIX``, or an http(s) address."""
    if hasattr(place, "read") and hasattr(place, "stream"):
        return place
    text = os.fspath(place)
    if text.startswith("az:"):
        container, _, prefix = text[3:].partition("/")
        return AzureStore(container, prefix)
    if text.startswith(("http://", "https://")):
        return HttpStore(text, key)
    return FolderStore(text)
