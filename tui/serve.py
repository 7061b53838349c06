"""The app in a browser of this machine: one process a visitor, read-only, behind a key that stands in the address.

textual-serve brings the page and the socket. It asks nobody who they are, so this adds what a page on the loopback address needs: the
key (other users of the machine reach the port too), the names it may be called by (a foreign page may point its own name here), the
pages that may open the socket, and a limit of visitors.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

from kpi_core.render.format import Formatter

ADDRESS = "127.0.0.1"
COOKIE = "omnigap"
HEADERS = {  # the page draws with its own scripts, styles and fonts, and asks no other host for anything
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; img-src 'self' data:; connect-src 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ServedApp(Server):
    """`command` starts the app for a visitor; `visitors` at most at a time."""

    def __init__(self, command: str, port: int, title: str, visitors: int, fmt: Formatter, tell: Callable[[Sequence[str]], None]) -> None:
        super().__init__(command, host=ADDRESS, port=port, title=title, templates_path=Path(__file__).parent / "web")
        self.key = secrets.token_urlsafe(18)
        self.visitors = visitors
        self.visiting = 0
        self.fmt = fmt
        self._tell = tell
        self._names = {f"{name}:{port}" for name in (ADDRESS, "localhost")}

    @property
    def address(self) -> str:
        """Where to go: the key is part of it."""
        return f"http://{ADDRESS}:{self.port}/?key={self.key}"

    def initialize_logging(self) -> None:
        """Nothing of the visits is written down."""

    async def on_startup(self, app: web.Application) -> None:
        self._telling = asyncio.create_task(self._tell_where())

    async def _tell_where(self) -> None:
        """Say where to go once somebody would be let in."""
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection(ADDRESS, self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                break
        t = self.fmt.t
        self._tell(
            (
                self.address,
                t("open this address in a browser of this machine; its key is good until the server ends (ctrl+c)"),
                t("limits: read-only, {count} visitors at a time with a process each, plain HTTP on the loopback address only", count=self.visitors),
                t("from another machine: ssh -L {port}:{address}:{port} HOST, and the same address there", port=str(self.port), address=ADDRESS),
            )
        )

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        t = self.fmt.t
        says = {"lang": self.fmt.lang, "ended": t("The session has ended."), "again": t("start again"), "script": t("This page needs JavaScript.")}
        aiohttp_jinja2.get_env(app).globals["says"] = says
        app.middlewares.append(self._guarded)
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in self._names or request.headers.get("Origin", f"http://{request.host}").partition("://")[2] not in self._names:
            return web.Response(status=403, text=self.fmt.t("this server answers to {name} only", name=f"{ADDRESS}:{self.port}"))
        if request.path.startswith("/static/"):
            return await handler(request)
        given = request.query.get("key") or request.cookies.get(COOKIE, "")
        if not hmac.compare_digest(given.encode(), self.key.encode()):
            return web.Response(status=403, text=self.fmt.t("the address lacks its key: use the one that omnigap serve printed"))
        if request.path == "/ws":
            return await self._visit(request, handler)
        response = await handler(request)
        if request.path == "/":
            response.set_cookie(COOKIE, self.key, httponly=True, samesite="Strict")
            response.headers.update(HEADERS)
        return response

    async def _visit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.visiting >= self.visitors:
            return web.Response(status=503, text=self.fmt.t("{count} people are looking already", count=self.visitors))
        self.visiting += 1
        try:
            return await handler(request)
        finally:
            self.visiting -= 1
