"""The pytest plugin: fixtures. What they are made of is imported when a test asks for one."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import Pbx, Server

_MARKER = "pbx(seed=..., at=..., rate=..., **settings): what the test's own PBX is made from; see Server.new_world."

_TOKEN = " Give it to pytest as --pbx-token, or in the variable PBX_CONTROL_TOKEN."

# The PBXs of a test, for the report when it fails.
_MADE = pytest.StashKey[list["Pbx"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pbx", "PBX Emulator")
    group.addoption("--pbx-url", metavar="URL", help="Use the server that runs there, its root. [PBX_URL]")
    group.addoption("--pbx-token", metavar="TOKEN", help="Token of its control API. [PBX_CONTROL_TOKEN]")
    group.addoption("--pbx-ca", metavar="FILE", help="Authority to trust if it speaks HTTPS. [PBX_CA]")
    parser.addini("pbx_url", "The same as --pbx-url.", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def pbx_server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that all tests of this run share, under pytest-xdist those of all its workers.

    It is started when the first test asks for it, on a free port, and ends with the last; unless --pbx-url, PBX_URL or
    pbx_url names one that runs.
    """
    from .testing import PbxError, connect, servers

    with ExitStack() as until_the_end:
        try:
            if url := _url(pytestconfig):
                server = connect(url, *_credentials(pytestconfig))
            else:
                base = tmp_path_factory.getbasetemp()
                folder = base.parent if hasattr(pytestconfig, "workerinput") else base
                server = until_the_end.enter_context(servers.shared(folder / "pbx-emulator"))
        except PbxError as error:
            raise _failed(f"{error}{_TOKEN if error.status == 401 else ''}") from None
        yield server


@pytest.fixture
def pbx(request: pytest.FixtureRequest, pbx_server: Server) -> Iterator[Pbx]:
    """An empty PBX of the test's own, dropped when the test is over.

    ``@pytest.mark.pbx(seed="demo", timezone="Europe/London", at="2024-03-04 09:00:00")`` says what it is made from.
    """
    yield from _world_of(request, pbx_server)


@pytest.fixture
def pbx_noproc(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[Pbx]:
    """The same as ``pbx``, but only on the server that --pbx-url, PBX_URL or pbx_url names: none is started."""
    if not _url(pytestconfig):
        where = "give its address as --pbx-url http://127.0.0.1:8088, in the variable PBX_URL, or as pbx_url"
        raise _failed(f"pbx_noproc needs a server that runs: {where} in pytest's settings.")
    yield from _world_of(request, request.getfixturevalue("pbx_server"))


def _url(config: pytest.Config) -> str:
    return str(config.getoption("--pbx-url") or os.environ.get("PBX_URL") or config.getini("pbx_url"))


def _credentials(config: pytest.Config) -> tuple[str, str]:
    """The token of the server that runs, and the file of the authority to trust."""
    token = config.getoption("--pbx-token") or os.environ.get("PBX_CONTROL_TOKEN", "")
    return str(token), str(config.getoption("--pbx-ca") or os.environ.get("PBX_CA", ""))


def _world_of(request: pytest.FixtureRequest, server: Server) -> Iterator[Pbx]:
    from .testing import PbxError

    given: dict[str, object] = {}
    for marker in reversed(list(request.node.iter_markers("pbx"))):  # the nearest comes last
        if marker.args:
            raise _failed(f"Write @pytest.mark.pbx(seed={marker.args[0]!r}), with the names.")
        given |= marker.kwargs
    try:
        world = server.new_world(**given)  # type: ignore[arg-type]
    except PbxError as error:
        raise _failed(error) from None
    made = request.node.stash.setdefault(_MADE, [])
    made.append(world)
    yield world
    made.remove(world)
    try:
        world.drop()
    except PbxError as error:
        raise _failed(error) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what its PBX was asked, unless it has said so itself."""
    report = yield
    if report.failed and report.when != "teardown":
        for pbx in item.stash.get(_MADE, []):
            told = _told(pbx)
            if told.partition("\n")[0] not in report.longreprtext:
                report.sections.append((f"requests to PBX {pbx.world}", told))
    return report


def _told(pbx: Pbx) -> str:
    try:
        return pbx.report()
    except Exception as error:  # whatever it is, it is not what the test failed of
        return str(error)


def _failed(reason: object) -> BaseException:
    """What ends a test with one sentence, and not with the way to it."""
    return pytest.fail.Exception(str(reason), pytrace=False)
