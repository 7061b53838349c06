"""Bytes to text: containers, workbooks, records and encodings, opened safely and bounded."""
