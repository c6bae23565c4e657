"""Says what is wrong with a tenant's address, without showing it: it may be the API key by mistake, or contain it."""

import re
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

_NEAR: Final = (".local", ".internal", ".localhost")
"""Names that no public DNS has. Source: RFC 6761, RFC 6762, and ICANN's reservation of "internal" in 2024."""

_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)


def fault(url: str) -> str | None:
    """
    Say what is wrong with an address, or return None: `https://` and a host, perhaps with a port, and nothing more.

    `http://` is for this machine and private networks only, as the key would travel in the clear.

    Source:
        pyatlan checks with pydantic's HttpUrl, for which a host name has a dot, or is an address.
    """
    return next(_faults(url), None)


def _faults(url: str) -> Iterator[str]:
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        yield "has a character that an address cannot have"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        yield "has a wrong port or bracket in it"
    else:
        if not url.lower().startswith(("http://", "https://")):
            yield "does not begin with https://"
        if "@" in parts.netloc:
            yield "has a user name or a password in it"
        if parts.path not in ("", "/") or "?" in url or "#" in url:
            yield "has a path or more after the host"
        if port == 0 or parts.netloc.endswith(":"):
            yield "has a wrong port in it"
        if wrong := _host(parts.hostname or "", secure=parts.scheme == "https"):
            yield wrong


def _host(host: str, *, secure: bool) -> str | None:
    try:
        ip = ip_address(host)
    except ValueError:
        labels = host.split(".")
        if len(labels) < 2 or len(host) > 253 or not all(map(_NAME.fullmatch, labels)):  # noqa: PLR2004 - two parts
            return "has no host name with a dot in it, nor an IP address"
        return None if secure or host.endswith(_NEAR) else _CLEAR
    if isinstance(ip, IPv6Address):
        if ip.scope_id:
            return "has the name of a network interface in it"
        ip = ip.ipv4_mapped or ip
    return None if secure or ip.is_loopback or ip.is_private or ip.is_link_local else _CLEAR


_CLEAR: Final = "begins with http://, so the API key would travel in the clear; begin it with https://"
