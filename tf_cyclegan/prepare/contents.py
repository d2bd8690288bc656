"""A digest of the pictures that a data set was made from, so that other pictures under the same names are noticed.

Every picture of the sources is read for it, but not decoded. Sizes and times of files would cost nothing, but zips and
clouds change times without contents and keep them where contents change.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.candidate import Candidate
from tf_cyclegan.prepare.picture import read_work

_THREADS = 4


def digest_contents(opened: Sequence[Candidate], bar: Callable[..., Iterable] | None = None) -> str:
    """A digest of the names and the encoded pictures of works; those that cannot be read have none.

    Args:
        opened: every candidate whose picture is looked at; where it is prepared already, it is not read again.
        bar: shows progress, e.g. `tqdm`.
    """
    with ThreadPoolExecutor(_THREADS) as pool:  # Reading and hashing release Python's lock.
        found: Iterable[str] = pool.map(_hash_of, opened)
        if bar:
            found = bar(found, total=len(opened), unit="picture", desc="comparing")
        facts = sorted((c.domain, c.name, mark) for c, mark in zip(opened, found, strict=True))
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _hash_of(candidate: Candidate) -> str:
    if candidate.picture:
        return candidate.picture.source_sha256
    try:
        return hashlib.sha256(read_work(candidate.work)).hexdigest()
    except UserError:
        return ""
