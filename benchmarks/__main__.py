"""All that is measured, in one run: python -m benchmarks [quick|usual|full] [SUITE ...]

    start     what a command costs before it does anything
    serve     a feed's document, by solacefeed, nginx and WordPress
    publish   a blog's documents, beside Hugo
    prepare   an edition for very many readers, beside the bare rows
    poll      a first crawl, and a poll that finds nothing
    import    a list of readers, in and out, beside sqlite3
    deliver   an edition's copies to a relay, beside smtp-source, smtplib, aiosmtplib and nodemailer

quick takes two minutes and says whether all runs; usual a quarter of an hour on two cores; full has the sizes beyond,
and takes some hours. Peers that are not installed are named: apt-get install hugo nginx wrk sqlite3 postfix nodejs,
pip install aiosmtplib, npm install nodemailer with NODE_PATH on its folder.

--json FILE and --page FILE keep what was found, after each suite; --from FILE writes the page of what was kept before.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from benchmarks.children import Failed
from benchmarks.figures import Told, as_json, machine, tell, write_json
from benchmarks.page import write_page
from benchmarks.suites import EXTENTS, SUITES, Extent


def main() -> None:
    words = _told()
    if words.kept:
        write_page(words.page, json.loads(words.kept.read_text(encoding="utf-8")))
        return
    extent = words.words[0] if words.words and words.words[0] in EXTENTS else "usual"
    names = [each for each in words.words if each not in EXTENTS] or list(SUITES)
    where, suites, failed = machine(), list[Told](), False
    print(f"{where['cores']} cores, {where['system']}, Python {where['python']}; a sync takes {where['sync_ms']} ms")
    print("  ".join(f"{name} {version}" for name, version in where["versions"].items()), flush=True)
    for name in names:
        began = monotonic()
        failed |= not _measured(name, EXTENTS[extent], suites)
        print(f"{name}: measured in {monotonic() - began:.0f} s", flush=True)
        found = as_json({**where, "extent": extent}, suites)
        if words.json:
            words.json.parent.mkdir(parents=True, exist_ok=True)
            write_json(words.json, found)
        if words.page:
            words.page.parent.mkdir(parents=True, exist_ok=True)
            write_page(words.page, found)
    sys.exit(failed)


def _measured(name: str, extent: Extent, suites: list[Told]) -> bool:
    """Whether the suite came to its end with all contestants."""
    begun = len(suites)
    try:
        for told in SUITES[name](extent):
            suites.append(told)
            tell(told)
    except Failed as error:
        print(f"{name}: failed: {error}", flush=True)
        return False
    except subprocess.CalledProcessError as error:
        print(f"{name}: failed: {error}: {error.stderr!r}"[:2000], flush=True)
        return False
    return not _failures(suites[begun:])


def _failures(suites: Sequence[Told]) -> list[str]:
    return [each.name for told in suites for each in told.figures if each.failure]


def _told() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", metavar="quick|usual|full|SUITE")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--page", type=Path, metavar="FILE")
    parser.add_argument("--from", type=Path, metavar="FILE", dest="kept")
    words = parser.parse_args()
    if unknown := [each for each in words.words if each not in SUITES and each not in EXTENTS]:
        parser.error(f"{', '.join(unknown)} is no suite: there are {', '.join(SUITES)}")
    if words.kept and not words.page:
        parser.error("--from wants --page")
    return words


if __name__ == "__main__":
    main()
