"""CAs of other people, played with OpenSSL: what they make of requests, in the forms in which it is sent."""

from __future__ import annotations

import subprocess
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path


def openssl(*words: str | Path) -> bytes:
    """What OpenSSL writes."""
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True).stdout


@dataclass(frozen=True)
class OtherCa:
    """A root, and an issuing CA below it.

    Args:
        place: its folder.
        usage: the extended key usage of what it signs; `{use}` is server or client.
    """

    place: Path
    usage: str = "{use}Auth"

    def found(self) -> OtherCa:
        """Make it."""
        self.place.mkdir()
        both = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
        (self.place / "ca.ext").write_text(both, encoding="ascii")
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        root, issuing = self._pair("root"), self._pair("issuing")
        openssl("req", "-x509", *curve, "-days", "4000", "-subj", "/DC=com/DC=example/CN=Example Root CA", "-addext",
                "keyUsage=critical,keyCertSign", "-keyout", root[1], "-out", root[0])  # fmt: skip
        openssl("req", "-new", *curve, "-subj", "/DC=com/DC=example/CN=Example Issuing CA", "-keyout", issuing[1],
                "-out", self.place / "issuing.csr")  # fmt: skip
        openssl("x509", "-req", "-in", self.place / "issuing.csr", "-CA", root[0], "-CAkey", root[1], "-days", "3000",
                "-extfile", self.place / "ca.ext", "-out", issuing[0])  # fmt: skip
        return self

    def signs(self, request: Path) -> bytes:
        """The certificate for a request, DER."""
        use = request.stem
        extensions = self.place / f"{use}.ext"
        extensions.write_text(
            f"extendedKeyUsage={self.usage.format(use=use)}\nkeyUsage=critical,digitalSignature\n", encoding="ascii"
        )
        certificate, key = self._pair("issuing")
        return openssl("x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key, "-days", "900", "-extfile",
                       extensions, "-outform", "DER")  # fmt: skip

    def chain(self, form: str) -> bytes:
        """Its own certificates, PKCS #7, `DER` or `PEM`."""
        files = [word for name in ("issuing", "root") for word in ("-certfile", self._pair(name)[0])]
        return openssl("crl2pkcs7", "-nocrl", *files, "-outform", form)

    def _pair(self, name: str) -> tuple[Path, Path]:
        return self.place / f"{name}.pem", self.place / f"{name}.key"


def requests(folder: Path) -> list[Path]:
    """All requests that were made."""
    return sorted(folder.rglob("*.csr"))


def from_the_web_page(ca: OtherCa, folder: Path, to: Path) -> None:
    """As a browser saves what Microsoft's certsrv gives: DER, numbered, and one chain that is called a certificate."""
    to.mkdir()
    for number, request in enumerate(requests(folder)):
        (to / (f"certnew ({number}).cer" if number else "certnew.cer")).write_bytes(ca.signs(request))
    (to / "certnew.p7b").write_bytes(ca.chain("PEM").replace(b"PKCS7-----", b"CERTIFICATE-----"))


def from_certreq(ca: OtherCa, folder: Path, to: Path) -> None:
    """As certreq leaves it: Base64 beside a copy of each request, each with its chain."""
    for request in requests(folder):
        place = to / request.parent.relative_to(folder)
        place.mkdir(parents=True, exist_ok=True)
        (place / request.name).write_bytes(request.read_bytes())
        der = to / "one.der"
        der.write_bytes(ca.signs(request))
        (place / f"{request.stem}.cer").write_bytes(openssl("x509", "-inform", "DER", "-in", der))
        der.unlink()
        (place / f"{request.stem}.p7b").write_bytes(ca.chain("PEM").replace(b"PKCS7-----", b"CERTIFICATE-----"))


def by_mail(ca: OtherCa, folder: Path, to: Path) -> None:
    """As another team answers: servers' certificates in an archive in a mail, the clients' beside it, and a chain."""
    to.mkdir()
    archive = to / "certificates.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for request in requests(folder):
            name = f"{request.parent.name}_{request.stem}.cer"
            if request.stem == "server":
                packed.writestr(name, ca.signs(request))
            else:
                (to / name).write_bytes(ca.signs(request))
    message = EmailMessage()
    message["Subject"], message["From"] = "AW: RE: your certificates", "PKI <pki@example.com>"
    message.set_content("Hello,\n\nplease find the certificates attached.\n")
    for name, content in (("certificates.zip", archive.read_bytes()), ("chain.p7b", ca.chain("DER"))):
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    archive.unlink()
    (to / "your certificates.eml").write_bytes(message.as_bytes())
