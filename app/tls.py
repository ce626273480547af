"""Certificates for HTTPS: the user's own, or one made on the spot by trustme and kept with the PBX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .settings import Settings


class CertificateError(Exception):
    """The certificate cannot be used; the text says why."""


def certificate(settings: Settings) -> tuple[str, str] | tuple[None, None]:
    """Paths of the certificate chain and the private key (PEM); None where HTTP is spoken. Raises CertificateError."""
    if not settings.tls:
        if settings.tls_cert or settings.tls_key:
            raise CertificateError("A certificate is given, but HTTPS is off; switch it on with --tls (PBX_TLS=on).")
        return None, None
    if settings.tls_cert or settings.tls_key:
        return _own(settings.tls_cert, settings.tls_key or settings.tls_cert)
    folder = Path(settings.instance) / "tls"
    chain, key = folder / "certificate.pem", folder / "key.pem"
    try:
        if not (chain.exists() and key.exists()):
            _make(folder, settings.host)
    except (OSError, ValueError) as error:
        raise CertificateError(f"A certificate for {settings.host} cannot be made in {folder}: {error}.") from None
    return str(chain), str(key)


def _own(chain: str, key: str) -> tuple[str, str]:
    import ssl

    if not chain:
        raise CertificateError("tls_key is given without tls_cert; both are needed.")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key, password="")
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(f"The certificate {chain} with the key {key} cannot be used: {error}.") from None
    return chain, key


def _make(folder: Path, host: str) -> None:
    """A certificate for this machine's names, signed by an authority made for it, whose own one is ca.pem."""
    import trustme

    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="PBX Emulator")
    names = dict.fromkeys((host, "localhost", "127.0.0.1", "::1"))
    issued = authority.issue_cert(*(name for name in names if name not in ("0.0.0.0", "::")))
    authority.cert_pem.write_to_path(folder / "ca.pem")
    key = folder / "key.pem"
    key.touch(mode=0o600)
    issued.private_key_pem.write_to_path(key)
    for index, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(folder / "certificate.pem", append=index > 0)
