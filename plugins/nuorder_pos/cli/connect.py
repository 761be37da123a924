"""``connect``: the two OAuth handshakes, for a person. Tokens are never logged, and shown only on request."""

from __future__ import annotations

import hmac
import json as json_module
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs, urlsplit

import typer

from nuorder_pos.cli.options import Json
from nuorder_pos.cli.output import complain, say_json
from nuorder_pos.errors import NuorderPosError, Permanent

if TYPE_CHECKING:
    from nuorder_pos.clients.nuorder import NuorderSettings

connect = typer.Typer(
    name="connect",
    help="The OAuth handshakes with NuORDER and Lightspeed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@connect.callback()
def _connect() -> None:
    """The OAuth handshakes, for a person who may approve applications in NuORDER or in the POS."""


@connect.command()
def nuorder(
    conn_id: Annotated[
        str, typer.Argument(metavar="CONN_ID", help="The connection, with consumer key and secret in it.")
    ],
    application_name: Annotated[
        str, typer.Option(metavar="NAME", help="The name under which NuORDER shows the request.")
    ] = "nuorder-pos",
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the connection's extra into a new file (mode 0600)."),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Show the connection's extra, secrets and all, here.")
    ] = False,
    json: Json = False,
) -> None:
    """Get a token pair from NuORDER.

    For the connection of one brand, always in NuORDER's own signing scheme.

    The pair comes as the connection's extra (JSON), to be put into Admin > Connections or a secrets backend.

    \b
    Example:
      nuorder-pos connect nuorder nuorder_acme --output nuorder_acme.json
    """
    if (output is None) == (not show):
        raise typer.BadParameter(
            "say where the tokens go: --output FILE, or --show", param_hint="'--output' / '--show'"
        )
    from nuorder_pos import connections
    from nuorder_pos.clients.nuorder_auth import Keys, exchange, initiate

    settings = connections.nuorder_settings(conn_id)
    with _new_file(output) as descriptor:
        keys = Keys(settings.consumer_key, settings.consumer_secret)
        temporary = initiate(
            settings.origin, keys, application_name=application_name, allow_http=settings.allow_http
        )
        _tell(
            f"NuORDER has a request of the application {application_name} now.",
            f"Approve it at {settings.origin} (Admin > API Management; retailers: where the key was made).",
            "NuORDER then shows a verification code.",
        )
        code = typer.prompt("Verification code", err=True)
        final = exchange(settings.origin, temporary, str(code), allow_http=settings.allow_http)
        extra = _extra(settings, final.token, final.token_secret)
        if descriptor is not None:
            os.write(descriptor, (json_module.dumps(extra, indent=2) + "\n").encode())
    if json:
        say_json({"conn_id": conn_id, **({"written_to": str(output)} if output else {"extra": extra})})
    elif output:
        _tell(
            f"Written to {output}: put it into the extra of the connection {conn_id}, then delete the file."
        )
    else:
        _tell(f"The extra of the connection {conn_id}:")
        print(json_module.dumps(extra))
    _try_nuorder(replace(settings, token=final.token, token_secret=final.token_secret))


def _extra(settings: NuorderSettings, token: str, token_secret: str) -> dict[str, Any]:
    """The whole extra: what else stood in it stays, so that nothing has to be merged by hand."""
    extra: dict[str, Any] = {"token": token, "token_secret": token_secret}
    if settings.signature != "rfc5849":
        extra["signature"] = settings.signature
    if settings.image_hosts:
        extra["image_hosts"] = list(settings.image_hosts)
    if settings.allow_http:
        extra["allow_http"] = True
    return extra


@contextmanager
def _new_file(path: Path | None) -> Iterator[int | None]:
    """A new file that only its owner reads, made before the handshake (whose result comes once); gone if that
    fails.
    """
    if path is None:
        yield None
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Permanent(f"{path} is there already: name a new file, or delete it first.") from None
    try:
        yield descriptor
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _try_nuorder(settings: NuorderSettings) -> None:
    """Whether the new pair works. Where it does not, the pair is kept all the same: it comes once."""
    from nuorder_pos.clients.nuorder import Nuorder

    client = Nuorder(settings)
    try:
        _tell(client.check())
    except NuorderPosError as error:
        complain(f"The new tokens are there, but a first look with them failed: {error}")
        raise typer.Exit(1) from None
    finally:
        client.close()


@connect.command()
def lightspeed(
    conn_id: Annotated[
        str, typer.Option(metavar="CONN_ID", help="The connection, with client id and secret in it.")
    ] = "lightspeed_default",
    redirect_uri: Annotated[
        str, typer.Option(metavar="URL", help="Only where the application is registered with several.")
    ] = "",
    json: Json = False,
) -> None:
    """Authorise the POS connection.

    The token pair is kept encrypted in the project's database.

    \b
    Example:
      nuorder-pos connect lightspeed --conn-id lightspeed_default
    """
    from nuorder_pos import connections
    from nuorder_pos.clients.tokens import authorize_url, claims, exchange_code, pkce_pair
    from nuorder_pos.runtime import open_engine, open_pos

    engine = open_engine()
    settings = connections.lightspeed_settings(conn_id)
    state = secrets.token_urlsafe(24)
    verifier, challenge = pkce_pair()
    _tell("Open this address as an employee who may create purchase orders and items, and agree:", "")
    _tell(authorize_url(settings, state=state, challenge=challenge, redirect_uri=redirect_uri), "")
    _tell(
        "You are then sent to another address; it lives 60 seconds, so paste it at once, or the code in it."
    )
    code = _code(str(typer.prompt("Address or code", err=True)), state)
    pair = exchange_code(settings, code, verifier, redirect_uri=redirect_uri)
    account = str(claims(pair.access_token).get("acct") or "")
    if settings.account_id and account and account != settings.account_id:
        raise Permanent(
            f"The authorisation is for account {account}, connection {conn_id} names {settings.account_id}: "
            "authorise as an employee of that account, or correct account_id. Nothing was stored."
        )
    with open_pos(conn_id, engine) as pos:
        pos.tokens.adopt(pair)
        _tell("The token pair is stored, encrypted, in the project's database.")
        said = pos.check()
        account = pos.account_id
    if json:
        say_json({"conn_id": conn_id, "account_id": account, "stored": True, "check": said})
    else:
        _tell(said)


def _code(pasted: str, state: str) -> str:
    """The code in what a person pasted.

    An address must carry our state: otherwise it belongs to another request.
    """
    text = pasted.strip().strip("'\"")
    if "?" not in text and "://" not in text and "code=" not in text:
        return text
    query = parse_qs(urlsplit(text).query if "?" in text else text)
    if "error" in query:
        raise Permanent(
            f"Lightspeed refused: {query['error'][0]} {query.get('error_description', [''])[0]}".strip() + "."
        )
    if not hmac.compare_digest(query.get("state", [""])[0].encode(), state.encode()):
        raise Permanent("This address is not the answer to this request (its state differs): begin again.")
    if not query.get("code"):
        raise Permanent("This address holds no code: paste the one you were sent to after you agreed.")
    return query["code"][0]


def _tell(*lines: str) -> None:
    """What a person reads on the way; standard output is left to the result."""
    for line in lines:
        complain(line)
