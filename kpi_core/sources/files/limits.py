"""How large an input may be. Whatever is beyond these sizes is refused by name, with what to do; real exports stay far below."""

from __future__ import annotations

CHUNK = 1 << 20  # bytes read at a time
MAX_BYTES = 4 << 30  # of text, after decompression
MAX_RATIO = 200  # decompressed to compressed
SMALL = 16 * CHUNK  # bytes: below this no ratio is too high
MAX_LINES = 500_000_000  # physical lines of one file
MAX_LINE = 16 << 20  # characters of one physical line of cells
MAX_CELL = 1 << 20  # bytes of one cell
MAX_COLUMNS = 5000  # of a header: a log of visits has some twenty columns for each page of its longest visit
MAX_NAMES = 2000  # of the records of a file
MAX_DEPTH = 12  # of names inside names that become columns
MAX_DOCUMENT = 256 << 20  # characters of one JSON document; lines of JSON may be as many as there are
MAX_RECORD = 16 << 20  # characters of one line of JSON
MAX_MEMBERS = 1000  # files of an archive
MAX_SHEETS = 200  # of a workbook
MAX_CELLS = 20_000_000  # of the rectangle from the first to the last cell of a sheet: the reader holds all of it in memory
