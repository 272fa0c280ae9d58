"""What is known of a workbook's sheet before its cells are read."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class SheetPart:
    """What is known of one sheet's part before it is read."""

    far: str = ""
    """The cell that lies too far away for the sheet to be read, if one does."""
    errors: dict[str, str] = field(default_factory=dict)
    """Spreadsheet errors such as #N/A by cell, which the engine would give as empty."""
    unsaved: list[str] = field(default_factory=list)
    """Cells with a formula whose result was never stored, which the engine would give as empty."""
