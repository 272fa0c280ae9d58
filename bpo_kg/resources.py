"""Find the Turtle and SPARQL files that ship with bpo-kg.

They are top-level folders of the repository, so that other tools can open them without Python; a built
wheel carries them inside the package. The installed copy is looked for first, then the checkout.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """Return the shipped folder `name` ("ontology" or "queries").

    Raises:
        FileNotFoundError: neither the installed package nor a checkout has it.
    """
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir() and (name != "ontology" or (folder / "bpo.ttl").is_file()):
            return folder
    raise FileNotFoundError(f"the {name} folder that ships with bpo-kg is missing; install the package again")
