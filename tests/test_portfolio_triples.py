"""A large inventory written as N-Triples states what the graph engine's export of it states, each triple once."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bpo_kg import graph
from bpo_kg.portfolio.options import PortfolioOptions
from bpo_kg.portfolio.triples import export_triples

TO = ("PH", "GB")
INVENTORY = '''id,name,part_of,kind,client_country,core,public_contact,channels,languages,fte,notes,Cost centre
A,Accounting,,accounting department,GB,no,,,,30,"two
lines",4711
B,"Ledger, ""general""",A,,,,,,,,see A,
C,Receivables,A,,,,yes,phone,,4.5,,
D,Claims,,technical support,US,maybe,,chat;email,en;id,,,4712
E,Claims too,,technical support,US,,,chat;email,en;id,12,said: \\ok,
F/1,Pay slips,,payroll,,,,,,,,
'''


def stated(files: Sequence[Path]) -> bytes:
    """Return the graph engine's export."""
    return graph.load(*files, to=TO).export("all", "nt")


def test_every_triple_of_the_graph_is_written_once(tmp_path: Path) -> None:
    """Asserted, inferred and assessed: cells, wholes and parts, notes over two lines, escapes, lines of cells."""
    file, output = tmp_path / "inventory.csv", tmp_path / "inventory.nt"
    file.write_text(INVENTORY, encoding="utf-8")
    result = export_triples([file], options=PortfolioOptions(to=TO), output=output, graph=stated)
    written = Counter(output.read_text(encoding="utf-8").splitlines())
    assert set(written) == set(stated([file]).decode().splitlines())
    assert [line for line, times in written.items() if times > 1] == []
    assert result.rows == 6
