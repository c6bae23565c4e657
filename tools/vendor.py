"""
Fetch the libraries of the lineage page, as local/page/files/vendor.json names them: `make vendor`.

npm packs each one in its exact version. Its hash must be the one in the file, which also has the hash of each file that
is kept. To update a library, write its new version into vendor.json, with the hash that
`npm view NAME@VERSION dist.integrity` prints.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

FILES: Final = Path(__file__).parents[1] / "local" / "page" / "files"
LIST: Final = FILES / "vendor.json"


def main() -> int:
    """
    Fetch all libraries, and note the hashes of their files.

    Raises:
        SystemExit: npm is missing or fails, or a package is not the one that vendor.json names.
    """
    listed = json.loads(LIST.read_text(encoding="utf-8"))
    for name, library in listed.items():
        with tempfile.TemporaryDirectory() as folder:
            package = _packed(f"{name}@{library['version']}", Path(folder))
            if (found := integrity(package.read_bytes())) != library["integrity"]:
                raise SystemExit(
                    f"{name} {library['version']}: its hash is {found}, not that of {LIST.name}; check both"
                )
            _extract(package, library)
        print(f"{name} {library['version']}: {', '.join(library['files'])}")
    LIST.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    return 0


def integrity(content: bytes) -> str:
    """Return the hash of a file. Source: W3C, Subresource Integrity."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def _packed(package: str, folder: Path) -> Path:
    try:
        done = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=folder, capture_output=True, text=True, check=True
        )
    except FileNotFoundError as error:
        raise SystemExit("npm is not installed; install Node.js") from error
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"npm pack {package}: {error.stderr.strip()}") from error
    return folder / done.stdout.split()[-1]


def _extract(package: Path, library: dict[str, Any]) -> None:
    """Write the files that are kept, unchanged, below `vendor/`."""
    with tarfile.open(package) as archive:
        for file in library["files"].values():
            member = archive.extractfile(f"package/{file['from']}")
            if member is None:
                raise SystemExit(f"{package.name} has no file {file['from']}")
            target = FILES / file["to"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(member.read())
            file["integrity"] = integrity(target.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
