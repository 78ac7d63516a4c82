"""Write `.env` from `.env.example`, with new secrets; leave a `.env` that is there alone."""

import base64
import os
import secrets
import sys
from pathlib import Path

MAKERS = {
    "GENERATE": lambda: secrets.token_hex(24),
    "GENERATE_FERNET_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}

folder = Path(__file__).resolve().parent.parent
try:
    descriptor = os.open(folder / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
except FileExistsError:
    sys.exit(".env is there already; remove it first if all its secrets shall be new")
with os.fdopen(descriptor, "w", encoding="utf-8") as written:
    for line in (folder / ".env.example").read_text("utf-8").splitlines():
        name, sign, value = line.partition("=")
        written.write(f"{name}{sign}{MAKERS[value]() if value in MAKERS else value}\n")
