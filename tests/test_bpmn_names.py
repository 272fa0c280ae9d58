"""Which names in a model stand for members of the public, and which for work, software or channels."""

from pathlib import Path

import pytest

from bpo_kg.errors import SourceError
from bpo_kg.sources.model_words import ModelWords, read_public_terms
from bpo_kg.vocabulary import CHAN

TERMS = Path(__file__).resolve().parent.parent / "ontology" / "public-terms.ttl"


@pytest.fixture(scope="module")
def words() -> ModelWords:
    return read_public_terms(TERMS)


@pytest.mark.parametrize(
    "name",
    [
        "Customer", "CUSTOMERS", "Pizza Customer", "Customer of the bank", "Customer (retail)", "Customer 2",
        "The customer",
        "External Client", "Loan applicant", "Job candidates", "Citizen", "Patient", "Insured person", "Account holder",
        "Members of the public", "Walk-in customer", "Customer / Supplier", "Client or agent", "BankCustomer",
        "  patient\n",
        "Prospective customer", "Policyholder", "Taxpayers",
        "Pelanggan", "Pelanggan baru", "Calon nasabah", "Warga", "Pasien rawat jalan", "Wajib pajak", "Masyarakat umum",
        "Kunde", "Der Kunde", "B2B-Kunde", "Endkunden", "Bürgerin", "Antragsteller", "Kunde der Bank", "Versicherter",
        "Cliente", "El cliente", "Cliente del banco", "Nuevo cliente", "Ciudadanos", "Paciente externo", "Solicitante",
        "Le client", "Client", "Client de la banque", "Nouveau client", "Usager", "Candidat",
    ],
)  # fmt: skip
def test_the_head_of_a_name_makes_it_the_public(words: ModelWords, name: str) -> None:
    """Whole words in five languages, with what qualifies them before or after as the language has it."""
    assert words.means_public(name)


@pytest.mark.parametrize(
    "name",
    [
        "Customer Onboarding", "Customer Service", "Customer care team", "Notify customer", "Onboard new customer",
        "Communication with customer", "Invoice to customer", "Client application", "REST client", "Web client",
        "Patient record", "Student administration", "Citizen portal", "Public relations", "Customer data",
        "Guest relations manager", "Internal customer", "Customs", "Clientele management", "Custom orders",
        "Manager", "Supplier", "Bank", "Employee", "Buyer", "User", "", "  ", "!!!", "42",
        "Layanan pelanggan", "Manajemen nasabah", "Hubungi pelanggan", "Pendaftaran pasien", "Beri tahu warga",
        "Kundenservice", "Kunden-Service", "Kunde benachrichtigen", "Betreuung der Kunden", "Neuen Kunden anlegen",
        "Atención al cliente", "Servicio al cliente", "Notificar al cliente", "Alta de clientes",
        "Service client", "Relation client", "Suivi du patient", "Espace client", "Informer le client",
    ],
)  # fmt: skip
def test_a_name_of_work_software_or_others_is_not_the_public(words: ModelWords, name: str) -> None:
    """A public word that is not the head, or that stands beside a word for work, makes no customer."""
    assert not words.means_public(name)


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("Send e-mail confirmation", ("email",)),
        ("Send email", ("email",)),
        ("Confirm by phone or chat", ("chat", "phone")),
        ("Kirim surel", ("email",)),
        ("Telefonat mit dem Kunden", ("phone",)),
        ("Enviar correo electrónico", ("email",)),
        ("Envoyer un courriel", ("email",)),
        ("Send confirmation", ()),
        ("Send message to chatbot", ()),
        ("Phonebook update", ()),
    ],
)
def test_a_tasks_name_suggests_a_channel_by_whole_words(
    words: ModelWords, name: str, channels: tuple[str, ...]
) -> None:
    """Only a word that names the channel counts."""
    assert words.channels_in(name) == tuple(CHAN + channel for channel in channels)


def test_the_word_lists_cover_five_languages(words: ModelWords) -> None:
    """Public terms and head positions stand in English, Indonesian, German, Spanish and French."""
    assert set(words.head_last) == {"en", "id", "de", "es", "fr"}
    for tag in words.head_last:
        assert len(words.public[tag]) >= 20, tag


def test_a_list_of_ones_own_decides_instead(tmp_path: Path) -> None:
    """The words are data: a file with other public terms reads other pools as the public."""
    path = tmp_path / "terms.ttl"
    path.write_text(
        "@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        '<urn:farmers> a bpo:PublicTerm ; skos:altLabel "Farmer"@en .\n',
        encoding="utf-8",
    )
    own = read_public_terms(path)
    assert own.means_public("Dairy farmer")
    assert not own.means_public("Customer")


def test_a_broken_word_list_is_an_error(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "terms.ttl"
    path.write_text("<urn:farmers> a", encoding="utf-8")
    with pytest.raises(SourceError, match=r"terms\.ttl"):
        read_public_terms(path)
