"""Tables of people, read as whatever program has written them, and written so that a spreadsheet takes no harm."""

from __future__ import annotations

import codecs
import csv
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.email_addresses import email_address
from solacefeed.errors import UsageError
from solacefeed.spreadsheets.cells import TRIGGERS, plain, safe
from solacefeed.spreadsheets.grids import largest_grid
from solacefeed.spreadsheets.opening import opened
from solacefeed.spreadsheets.workbooks import MOST_CELLS, MOST_ROWS
from solacefeed.spreadsheets.writing import private_file, rows_to
from tests.spreadsheets.workbook import a_workbook

PEOPLE = [["Email", "Name"], ["ann@example.org", "Ann Müller"], ["bob@example.org", "O’Neill, Bob"]]
TEXT = 'Email,Name\r\nann@example.org,Ann Müller\r\nbob@example.org,"O’Neill, Bob"\r\n'


def read(tmp_path: Path, content: bytes) -> list[list[str]]:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    return [line.cells for line in opened(path).rows]


@pytest.mark.parametrize(
    ("content", "reading"),
    [
        (TEXT.encode(), "UTF-8, separated by commas"),
        (codecs.BOM_UTF8 + TEXT.encode(), "UTF-8, separated by commas"),
        (TEXT.encode("utf-16"), "UTF-16, separated by commas"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16, separated by commas"),
        (TEXT.encode("utf-16-le"), "UTF-16, separated by commas"),
        (TEXT.encode("utf-16-be"), "UTF-16, separated by commas"),
        (TEXT.encode("cp1252"), "Windows-1252, separated by commas"),
        (TEXT.replace("\r\n", "\r").encode(), "UTF-8, separated by commas"),
        (TEXT.replace("\r\n", "\n\n").encode(), "UTF-8, separated by commas"),
        (TEXT.replace("Ann", "A\0nn").encode(), "UTF-8, separated by commas"),
        (
            'Email;Name\nann@example.org;Ann Müller\nbob@example.org;"O’Neill, Bob"'.encode(),
            "UTF-8, separated by semicolons",
        ),
        (
            'sep=;\nEmail;Name\nann@example.org;Ann Müller\nbob@example.org;"O’Neill, Bob"'.encode(),
            "UTF-8, separated by semicolons",
        ),
        (
            "Email\tName\nann@example.org\tAnn Müller\nbob@example.org\tO’Neill, Bob\n".encode(),
            "UTF-8, separated by tabs",
        ),
        # Its last rows lack what is empty.
        (TEXT.replace("\r\n", "\n").encode() + b"\n", "UTF-8, separated by commas"),
    ],
)
def test_a_table_reads_the_same_however_it_is_written(tmp_path: Path, content: bytes, reading: str) -> None:
    assert read(tmp_path, content) == PEOPLE
    assert opened(tmp_path / "people.csv").reading == reading


def test_quoted_cells_may_hold_line_ends_and_quotes_of_either_manner(tmp_path: Path) -> None:
    twice = b'Email,Note\na@example.org,"two\nlines, ""quoted"""\nb@example.org,\n'
    assert read(tmp_path, twice)[1:] == [["a@example.org", 'two\nlines, "quoted"'], ["b@example.org", ""]]
    escaped = rb'"Email","Name","List"' + b"\n" + rb'"a@example.org","Ann \"Annie\", Lee","News"'
    assert read(tmp_path, escaped)[1] == ["a@example.org", 'Ann "Annie", Lee', "News"]


def test_an_address_with_a_nought_in_it_becomes_no_other_address(tmp_path: Path) -> None:
    ((address, name),) = read(tmp_path, b"a\0b@example.org,A\0b\n")
    assert name == "Ab"
    with pytest.raises(ValueError, match="can't be known"):
        email_address(address)


def test_a_line_is_told_by_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b'sep=,\nEmail,Note\n\na@example.org,"two\nlines"\nb@example.org,x\n')
    assert [line.number for line in opened(path).rows] == [2, 4, 6]


def test_a_bad_byte_in_the_last_line_is_not_taken_for_utf_8(tmp_path: Path) -> None:
    rows = b"".join(b"reader%d@example.org,R\n" % n for n in range(5000))
    content = b"Email,Name\n" + rows + "zoë@example.org,Zoë\n".encode("cp1252")
    assert read(tmp_path, content)[-1] == ["zoë@example.org", "Zoë"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'Email,Name\na@example.org,"Ann\n' + b"b@example.org,Bob\n" * 9000, "line 2: a quotation mark there has no"),
        (b"a@example.org " * 100_000, "line 1 is longer than a million letters"),
    ],
)
def test_what_has_no_end_is_refused_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(tmp_path, content)


def test_a_workbook_is_read_as_a_table(tmp_path: Path) -> None:
    rows: list[list[str | float]] = [
        ["Email", "Joined", "Number"],
        ["ann@example.org", "date:45000.5", 7.0],
        [],
        ["bob@example.org", "", 1.5],
    ]
    path = a_workbook(tmp_path / "people.xlsx", {"People": rows})
    table = opened(path)
    assert table.reading == "a workbook (sheet People)"
    assert list(table.rows) == [
        (1, ["Email", "Joined", "Number"]),
        (2, ["ann@example.org", "2023-03-15 12:00:00", "7"]),
        (4, ["bob@example.org", "", "1.5"]),
    ]


def test_sheets_with_the_same_headings_are_one_table(tmp_path: Path) -> None:
    sheets = {
        "News": [["Email", "List"], ["ann@example.org", "News"]],
        "Housing": [["Email", "List"], ["bob@example.org", "Housing"]],
        "About": [["What this is"], ["an export"]],
    }
    table = opened(a_workbook(tmp_path / "people.xlsx", sheets))
    assert [line.cells[0] for line in table.rows] == ["Email", "ann@example.org", "bob@example.org"]


@pytest.mark.more
def test_a_workbook_beyond_its_bound_is_refused_with_what_to_do(tmp_path: Path) -> None:
    rows = [["Email"]] + [[f"r{n}@example.org"] for n in range(MOST_ROWS + 1)]
    with pytest.raises(UsageError, match=r"more than 50,000 rows.*save it as CSV"):
        opened(a_workbook(tmp_path / "many.xlsx", {"People": rows}))
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(UsageError, match=r"can't be read as a workbook.*save it as CSV"):
        opened(tmp_path / "broken.xlsx")


_FAR = '<sheetData><row><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'
_REPEATED = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="People"><table:table-row table:number-rows-repeated="{rows}">'
    '<table:table-cell table:number-columns-repeated="16384" {filled}/></table:table-row></table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


@pytest.mark.parametrize(
    ("part", "content", "cells"),
    [
        ("xl/worksheets/sheet1.xml", _FAR.format(row=1048576, cell="XFD1048576"), 16384 * 1048576),
        ("xl/worksheets/sheet1.xml", _FAR.format(row=4000, cell="XFD4000"), 16384 * 4000),
        ("xl/worksheets/sheet1.xml", _FAR.format(row=4000, cell=""), 4000),
        ("content.xml", _REPEATED.format(rows=1048576, filled='office:value-type="string"'), 16384 * 1048576),
        # As every program writes the rest of a sheet.
        ("content.xml", _REPEATED.format(rows=1048576, filled=""), 0),
    ],
)
def test_the_room_that_a_workbook_asks_for_is_known_before_it_is_opened(
    tmp_path: Path, part: str, content: str, cells: int
) -> None:
    path = tmp_path / "far.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, content)
    with zipfile.ZipFile(path) as archive:
        assert largest_grid(archive) == cells
    if cells > MOST_CELLS:
        with pytest.raises(UsageError, match="too large a workbook: save it as CSV"):
            opened(path)


# -- writing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_sign_of_a_formula_stands_behind_an_apostrophe_also_in_full_width(sign: str) -> None:
    assert safe(f"{sign}1+1") == f"'{sign}1+1"


@given(st.text("'=+-@\uff1d\t\r\nab", max_size=6))
def test_a_cell_is_safe_in_a_spreadsheet_and_comes_back_as_it_was(cell: str) -> None:
    assert safe(cell)[:1] not in TRIGGERS
    assert plain(safe(cell)) == cell
    assert plain(cell) == cell or cell.startswith("'")


def test_what_is_written_can_be_read_by_any_program() -> None:
    file = io.StringIO()
    write = rows_to(file)
    write(["ann@example.org", '=HYPERLINK("https://example.org")', None, 'two\nlines, "quoted"'])
    assert file.getvalue().endswith("\r\n")
    assert next(csv.reader(io.StringIO(file.getvalue(), newline=""))) == [
        "ann@example.org",
        '\'=HYPERLINK("https://example.org")',
        "",
        'two\nlines, "quoted"',
    ]


def test_a_private_file_is_its_owners_and_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    path.write_text("of before")
    with private_file(path) as write:
        write(["5", "ann@"])
        assert path.read_text() == "of before"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [line.cells for line in opened(path).rows] == [["5", "ann@"]]
    with pytest.raises(ZeroDivisionError), private_file(path):
        raise ZeroDivisionError
    assert [each.name for each in tmp_path.iterdir()] == ["refused.csv"]
    with pytest.raises(UsageError, match="can't be written"), private_file(tmp_path / "nowhere" / "refused.csv"):
        pass
