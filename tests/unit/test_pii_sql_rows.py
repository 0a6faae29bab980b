"""The columns of a database dump say what its values are, whatever these look like."""

from __future__ import annotations

import time

import pytest

from governance.pii.fields.sql_rows import rows
from governance.pii.settings import PiiPolicy

INSERTED = (
    "INSERT INTO customers (id, first_name, last_name, dob) VALUES (1, 'odalys', 'O''Shea (jr)', '1988-04-17'),\n"
    "  (2, 'Mbali', NULL, '1991-12-02');"
)
CREATED = (
    "CREATE TABLE `customers` (\n  `id` int NOT NULL,\n  `last_name` varchar(60) DEFAULT NULL,\n  `dob` date,\n"
    "  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\nINSERT INTO `customers` VALUES (1,'okeke','1988-04-17'),"
    "(2,'lim','1991-12-02');"
)
COPIED = "COPY public.people (id, surname, birth_date) FROM stdin;\n1\tokeke\t1988-04-17\n2\t\\N\t1990-01-01\n\\.\nelse"


def said(text: str) -> list[str]:
    return [text[span.start : span.end] for span in rows(text) if span.type in PiiPolicy().replace]


@pytest.mark.parametrize(
    ("dump", "values"),
    [
        (INSERTED, ["odalys", "O''Shea", "1988-04-17", "Mbali", "1991-12-02"]),
        (CREATED, ["okeke", "1988-04-17", "lim", "1991-12-02"]),
        (COPIED, ["okeke", "1988-04-17", "1990-01-01"]),
    ],
)
def test_values_of_a_dump_are_what_their_columns_say(dump: str, values: list[str]) -> None:
    assert said(dump) == values


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO products (id, name, price) VALUES (100, 'Hammer', 9.5);",
        "INSERT INTO people VALUES (1, 'no column is known');",
        "We insert into the fund (name, dob) values (of ours) that matter.",
        "INSERT INTO t (surname) VALUES (" + "'a" * 3_000,
    ],
)
def test_what_no_column_of_people_names_stays(text: str) -> None:
    assert said(text) == []


def test_many_heads_of_tables_keep_nothing_busy() -> None:
    begun = time.process_time()

    said("COPY a (surname) FROM stdin;\n" * 5_000)

    assert time.process_time() - begun < 1
