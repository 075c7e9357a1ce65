"""The suites: what is measured of each, beside whom, at which sizes, and what it is to reach."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks import (
    bench_crawl,
    bench_deliver,
    bench_import,
    bench_prepare,
    bench_publish,
    bench_serve,
    bench_startup,
)
from benchmarks.children import Failed
from benchmarks.figures import Aim, Figure, Sample, Told, compare, hold, take_turns
from benchmarks.slopes import tell_growth
from solacefeed.store.database import open_store

OURS = "solacefeed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured."""

    rounds: int
    posts: tuple[int, ...]
    crawled: tuple[int, ...]
    readers: tuple[int, ...]
    imported: tuple[int, ...]
    #: Seconds of each turn of load on a server.
    load: float
    #: Of copies, in a hundred.
    copies: int
    starts: int
    delivery: tuple[str, ...]


QUICK = Extent(
    rounds=1,
    posts=(200, 2_000),
    crawled=(200, 1_000),
    readers=(1_000, 10_000),
    imported=(1_000, 10_000),
    load=1,
    copies=5,
    starts=1,
    delivery=("near",),
)
USUAL = Extent(
    rounds=3,
    posts=(1_000, 10_000),
    crawled=(500, 2_000),
    readers=(10_000, 100_000),
    imported=(10_000, 100_000),
    load=3,
    copies=30,
    starts=5,
    delivery=("compose", "near", "far", "postgres"),
)
FULL = replace(
    USUAL,
    posts=(1_000, 10_000, 100_000),
    crawled=(1_000, 4_000, 20_000),
    readers=(10_000, 100_000, 1_000_000),
    imported=(10_000, 100_000, 1_000_000),
    copies=100,
    delivery=("compose", "near", "far", "postgres", "memory"),
)
EXTENTS = {"quick": QUICK, "usual": USUAL, "full": FULL}


# -- publishing -------------------------------------------------------------------------------------------------

SAME, WHOLE, EDIT = "solacefeed, the same documents", "solacefeed, the whole site", "solacefeed, one edit"
HUGO = "hugo"
SECTIONS = 50


def publish(extent: Extent) -> Iterator[Told]:
    about = (
        f"a blog of {SECTIONS} categories: Hugo's documents (20 entries in two formats and a page for each), the same "
        "by solacefeed, all that it makes (three formats, archives, packed forms), and one edited post"
    )
    told = Told(suite="publish", about=about, unit="post")
    told.without([] if shutil.which(HUGO) else [HUGO])
    for posts in extent.posts:
        with _scratch() as folder:
            told.figures += take_turns(_publishing(folder, posts), extent.rounds, size=posts)
    compare(
        told, [Aim(of=SAME, beside=HUGO, what="seconds", most=0.5), Aim(of=SAME, beside=HUGO, what="memory", most=0.25)]
    )
    compare(told, [Aim(of=WHOLE, beside=HUGO, what="seconds"), Aim(of=EDIT, beside=HUGO, what="turn")])
    tell_growth(told)
    edits = [each for each in told.figures if each.name == EDIT and each.samples]
    if edits:
        hold(told, f"seconds of one edit in {edits[-1].size:,} posts", edits[-1].seconds, most=0.2)
        few, many = edits[0], edits[-1]
        hold(told, f"one edit in {many.size:,} posts beside one in {few.size:,}", many.seconds / few.seconds, most=1.2)
    yield told


def _publishing(folder: Path, posts: int) -> Mapping[str, Callable[[], Sample]]:
    ours, theirs = folder / "ours", folder / "theirs"
    ours.mkdir()
    wanted = bench_publish.the_posts(posts, SECTIONS)
    with closing(open_store(f"sqlite:///{ours}/store.db")) as store:
        bench_publish.fill(store, wanted, SECTIONS)

    def sample(found: Mapping[str, float], amount: int) -> Sample:
        return Sample(amount=amount, seconds=found["seconds"], processor=found["cpu"], memory=found.get("mib"))

    def anew(work: Callable[[Path], None], place: str) -> Sample:
        shutil.rmtree(ours / place, ignore_errors=True)
        return sample(bench_publish.alone(work, ours), posts)

    def by_hugo() -> Sample:
        found = bench_publish.hugo(theirs)
        if found is None:
            raise Failed("it is not installed")
        return sample(found, posts)

    turns: dict[str, Callable[[], Sample]] = {
        SAME: partial(anew, bench_publish.same, "same"),
        WHOLE: partial(anew, bench_publish.whole, "feeds"),
        EDIT: lambda: sample(bench_publish.alone(bench_publish.edit, ours), 1),
    }
    # An edit wants what was published once.
    bench_publish.alone(bench_publish.whole, ours)
    if shutil.which(HUGO) is None:
        return turns
    bench_publish.hugo_site(theirs, wanted)
    return {HUGO: by_hugo, **turns}


# -- preparing --------------------------------------------------------------------------------------------------

ROWS = "the bare driver, the same rows"
SELECTIONS, DIFFERING = 500, 20


def prepare(extent: Extent) -> Iterator[Told]:
    about = (
        f"an edition prepared for readers of {SELECTIONS} different choices, of whom {DIFFERING} in 100 lack a post of "
        "the editions before; beside it executemany of the same copies, which decides nothing"
    )
    told = Told(suite="prepare", about=about, unit="reader")
    for readers in extent.readers:
        with _scratch() as folder:
            file = folder / "filled.db"
            bench_prepare.fill(file, readers, SELECTIONS, DIFFERING)
            turns = _preparing(folder, file, readers)
            told.figures += take_turns(turns, extent.rounds if readers < 1_000_000 else 1, size=readers)
    compare(told, [Aim(of=OURS, beside=ROWS, what="processor")])
    tell_growth(told)
    largest = [each for each in told.figures if each.name == OURS and each.samples and each.size == 1_000_000]
    for each in largest:
        hold(told, "seconds for a million readers", each.seconds, most=60)
    yield told


def _preparing(folder: Path, file: Path, readers: int) -> Mapping[str, Callable[[], Sample]]:
    made = folder / "made.db"
    bench_prepare.write_config(folder, made)

    def ours() -> Sample:
        _remove(made)
        shutil.copy(file, made)
        got = bench_prepare.measured_alone(folder)
        return Sample(amount=readers, seconds=got.seconds, processor=got.cpu, memory=got.memory)

    def rows() -> Sample:
        """Of what ours has made last."""
        other = folder / "rows.db"
        _remove(other)
        begun = perf_counter()
        count, seconds, _ = bench_prepare.write_rows(made, other)
        if count != readers:
            raise Failed(f"{count} of {readers} readers have a copy")
        return Sample(amount=count, seconds=perf_counter() - begun, processor=seconds)

    return {OURS: ours, ROWS: rows}


# -- polling ----------------------------------------------------------------------------------------------------

CRAWL, READ, IDLE = "solacefeed, first crawl", "text.read of the same posts", "solacefeed, a poll that finds nothing"


def poll(extent: Extent) -> Iterator[Told]:
    about = (
        "a WordPress blog over HTTP, whose posts have about 6 kB; beside it the sanitising and reading of the same "
        "posts alone"
    )
    told = Told(suite="poll", about=about, unit="post")
    for posts in extent.crawled:
        figures = {name: Figure(name=name, size=posts) for name in (CRAWL, IDLE, READ)}
        with bench_crawl.served(posts) as origin:
            # A crawl is followed by what is beside it: each round has all three.
            for _ in range(extent.rounds if posts < 10_000 else 1):
                crawl = bench_crawl.Crawl(origin)
                for name, spent in ((CRAWL, crawl.crawl), (IDLE, crawl.idle), (READ, crawl.reading)):
                    amount = 1 if name == IDLE else posts
                    sample = Sample(amount=amount, seconds=spent.seconds, processor=spent.processor)
                    figures[name].samples.append(sample)
        told.figures += figures.values()
    compare(told, [Aim(of=CRAWL, beside=READ, what="processor")])
    tell_growth(told)
    yield told


# -- importing and exporting ------------------------------------------------------------------------------------

IMPORT, EXPORT = "solacefeed, import", "solacefeed, export"
TABLE, CSV, DRIVER = "sqlite3 .import", "sqlite3 .mode csv", "the bare driver, the same people"


def importing(extent: Extent) -> Iterator[Told]:
    about = (
        "Mailchimp's export, each row validated, judged and written with its consent and history; beside it "
        "sqlite3's .import into one table, and the same people by the bare driver; then written as CSV by both"
    )
    told = Told(suite="import", about=about, unit="reader")
    told.without([] if shutil.which("sqlite3") else ["sqlite3"])
    for readers in extent.imported:
        with _scratch() as folder:
            turns = _importing(folder, readers)
            told.figures += take_turns(turns, extent.rounds if readers < 1_000_000 else 1, size=readers)
    compare(told, [Aim(of=IMPORT, beside=each, what="processor") for each in (TABLE, DRIVER)])
    compare(told, [Aim(of=EXPORT, beside=CSV, what="processor")])
    tell_growth(told)
    yield told


def _importing(folder: Path, readers: int) -> Mapping[str, Callable[[], Sample]]:
    file, site = folder / "members.csv", folder / "site"
    bench_import.write_list(file, readers)

    def sample(spent: bench_import.Spent | None) -> Sample:
        assert spent is not None
        return Sample(amount=readers, seconds=spent.seconds, processor=spent.cpu, memory=spent.memory or None)

    def ours() -> Sample:
        shutil.rmtree(site, ignore_errors=True)
        bench_import.begin_site(site)
        words = ("subscribers", "import", str(file), "--do", "--quiet")
        return sample(bench_import.in_its_own_process(site, *words))

    def by_the_program() -> Sample:
        _remove(folder / "plain.db")
        return sample(bench_import.by_the_program(folder, file))

    def by_the_driver() -> Sample:
        _remove(folder / "rows.db")
        begun = perf_counter()
        people, seconds = bench_import.by_the_driver(site / "var" / "solacefeed.db", folder / "rows.db")
        return Sample(amount=people, seconds=perf_counter() - begun, processor=seconds)

    def export() -> Sample:
        words = ("subscribers", "export", "--to", "out.csv", "--quiet")
        (site / "out.csv").unlink(missing_ok=True)
        return sample(bench_import.in_its_own_process(site, *words))

    # What comes behind it reads what an import has written.
    ours()
    turns = {IMPORT: ours, DRIVER: by_the_driver, EXPORT: export}
    if shutil.which("sqlite3") is None:
        return turns
    return {**turns, TABLE: by_the_program, CSV: lambda: sample(bench_import.written_by_the_program(site))}


# -- serving ----------------------------------------------------------------------------------------------------


def serve(extent: Extent) -> Iterator[Told]:
    if (wrk := shutil.which("wrk")) is None:
        told = Told(suite="serve", about="a feed served over HTTP")
        told.lines.append("nothing measured: wrk, which makes the load, is not installed")
        yield told
        return
    with _scratch() as folder, ExitStack() as stack:
        peers, missing = bench_serve.serving(folder, stack)
        for suite, words, has_it in (
            ("serve", "whole, packed by gzip", False),
            ("serve-304", "to who has it (304)", True),
        ):
            about = f"the feed of all posts {words}, at {bench_serve.CONNECTIONS} connections that stay open, by wrk"
            told = Told(suite=suite, about=about, unit="request")
            turns = {each.name: partial(_asked, wrk, each.url, extent.load, has_it=has_it) for each in peers}
            told.figures = take_turns(turns, extent.rounds)
            compare(told, [Aim(of=OURS, beside="nginx")])
            compare(told, [Aim(of=OURS, beside="WordPress", least=300 if has_it else None)])
            told.without(missing)
            yield told


def _asked(wrk: str, url: str, seconds: float, *, has_it: bool) -> Sample:
    rate = bench_serve.rate(wrk, url, seconds, bench_serve.tag_of(url) if has_it else None)
    return Sample(amount=rate * seconds, seconds=seconds, processor=None)


# -- starting ---------------------------------------------------------------------------------------------------


def start(extent: Extent) -> Iterator[Told]:
    about = (
        "a command's whole process on a site where nothing is due; beside it the import of the libraries that it needs"
    )
    told = Told(suite="start", about=about, unit="command")
    with bench_startup.a_site() as folder:
        turns = {words: partial(_begun, command, folder) for words, command in bench_startup.commands().items()}
        told.figures = take_turns(turns, extent.starts)
    compare(told, [Aim(of=words, beside=other, what="processor") for words, other in bench_startup.ASKED.items()])
    yield told


def _begun(command: list[str], folder: Path) -> Sample:
    begun = perf_counter()
    processor = bench_startup.cpu(command, folder)
    return Sample(amount=1, seconds=perf_counter() - begun, processor=processor)


# -- delivering -------------------------------------------------------------------------------------------------


def deliver(extent: Extent) -> Iterator[Told]:
    given = bench_deliver.Given(rounds=extent.rounds, copies=extent.copies, whole=False)
    for name in extent.delivery:
        yield bench_deliver.SUITES[name](given)


SUITES: Mapping[str, Callable[[Extent], Iterator[Told]]] = {
    "start": start,
    "serve": serve,
    "publish": publish,
    "prepare": prepare,
    "poll": poll,
    "import": importing,
    "deliver": deliver,
}


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="solacefeed-bench-") as name:
        yield Path(name)


def _remove(file: Path) -> None:
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
