"""Reads and writes Parquet for saferl, a row group at a time: ``read FILE`` or ``write FILE COLUMNS``.

Rows pass as JSON Lines, out of ``read`` and into ``write``; a list is a column of lists of one size. COLUMNS is a JSON list of
``[name, type, size]`` with the types of ``TYPES`` and size 0 where a row has one value. Ends with 66 where pyarrow is not
installed, and with 65 and the reason where the file cannot be read or written.
"""

import sys

# The folder that the user stands in holds nothing that is imported here.
sys.path = [place for place in sys.path if place]

import json  # noqa: E402

ROWS = 65536
MISSING, FAILED = 66, 65


def plain(value):
    """The value without numbers that JSON has no word for, which become text."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items()}
    return value


def text(row):
    """A row as one line of JSON; what JSON has no type for, such as a time, as text."""
    try:
        return json.dumps(row, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(plain(row), default=str)


def read(parquet, path):
    """Writes the rows of a file to standard output."""
    for batch in parquet.ParquetFile(path).iter_batches(batch_size=4096):
        sys.stdout.write("".join(text(row) + "\n" for row in batch.to_pylist()))


def write(arrow, parquet, path, columns):
    """Writes rows from standard input to a file."""
    types = {"float32": arrow.float32(), "int64": arrow.int64(), "bool": arrow.bool_()}

    def field(name, kind, size):
        element = types[kind]
        return arrow.field(name, arrow.list_(element, size) if size else element)

    schema = arrow.schema([field(*column) for column in columns])
    rows = []
    with parquet.ParquetWriter(path, schema) as writer:
        for line in sys.stdin.buffer:
            rows.append(json.loads(line))
            if len(rows) == ROWS:
                writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
                rows = []
        if rows:
            writer.write_table(arrow.Table.from_pylist(rows, schema=schema))


def main(arguments):
    """Does what is asked for; returns the exit code."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        return MISSING
    try:
        if arguments[0] == "read":
            read(pyarrow.parquet, arguments[1])
        else:
            write(pyarrow, pyarrow.parquet, arguments[1], json.loads(arguments[2]))
        sys.stdout.flush()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        print((str(error) or type(error).__name__).splitlines()[0], file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
