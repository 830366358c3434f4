from __future__ import annotations

import io
import zipfile
from collections import Counter

from medcurate.curate.sources.archives import Member, MemberBytes, members
from medcurate.errors import InputError
from tests.readers.mutations import MUTATIONS, mutated


def archive(compression: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as opened:
        for name in ("a.png", "folder/b.dcm"):
            opened.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), bytes(range(64)), compression)
    return stream.getvalue()


def outcomes_of(data: bytes) -> list[str]:
    try:
        return [
            outcome_of(data, entry) if isinstance(entry, Member) else str(entry[1].code)
            for entry in members(io.BytesIO(data))
        ]
    except InputError as error:
        return [str(error.code)]


def outcome_of(data: bytes, member: Member) -> str:
    try:
        with MemberBytes(lambda: io.BytesIO(data), member)() as stream:
            assert len(stream.read()) == member.size
        return "read"
    except InputError as error:
        return str(error.code)


def test_mutations_of_zip_never_escape():
    seeds = [archive(method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)]
    outcomes: Counter[str] = Counter()
    for number in range(MUTATIONS):
        outcomes.update(outcomes_of(mutated(seeds[number % len(seeds)], number)))
    assert {"read", "TRUNCATED", "DECODE", "ARCHIVE_UNSAFE", "ENCRYPTED", "NO_CODEC"} <= set(outcomes)
