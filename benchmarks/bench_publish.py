"""How long a publish takes, beside the same blog built by Hugo in the same run (Debian's package; skipped without).

python -m benchmarks.bench_publish [posts] [categories]

    same    the documents that Hugo makes too: for each category and for all, 20 entries in two formats and a page
    whole   all formats, all archives, packed forms
    edit    one edited post, then a publish; and the same in a store of a tenth of the posts

Each publish runs in a process of its own, so that its peak of memory is its own. Of several runs the least counts. The
processors' time stands beside the clock's: on a machine that does other things it is the steadier one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.children import ROOT, Failed, peak_mb, python
from solacefeed.deeds.publishing.build import Build
from solacefeed.deeds.publishing.build_entries import FORMATS
from solacefeed.deeds.publishing.fence import Fence
from solacefeed.deeds.publishing.output import Output
from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.planning import make_plan
from solacefeed.deeds.publishing.publish import write_changes
from solacefeed.models.blog import CategoryNumber, SourceCategory, SourcePost
from solacefeed.models.posts import Reading
from solacefeed.posts.merging import told
from solacefeed.publish.feeds import Naming
from solacefeed.site import Site
from solacefeed.store import batches, categories, sources
from solacefeed.store.database import Store, open_store
from solacefeed.templating import templates

BLOG = "https://blog.example.org"
NEWEST = datetime(2026, 11, 20, 9, tzinfo=UTC)
#: How far apart posts stand, whatever their number: a store of a tenth has a tenth of the months.
APART = timedelta(hours=3)
_SYLLABLES = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "on")]
#: The same in each release, so that its posts are.
WORDS = ["".join(Random(n).choices(_SYLLABLES, k=1 + n % 4)) for n in range(1200)]  # noqa: S311


def text(random: Random) -> str:
    """About 3 kB of HTML."""
    return "".join(f"<p>{' '.join(random.choices(WORDS, k=70))}</p>\n" for _ in range(7))


def the_posts(number: int, sections: int) -> list[SourcePost]:
    random = Random(7)  # noqa: S311  # the same posts each time
    return [
        SourcePost(
            number=str(n + 1),
            guid=f"{BLOG}/?p={n + 1}",
            url=f"{BLOG}/post-{n + 1}/",
            title=f"Post {n + 1} {' '.join(random.choices(WORDS, k=4))}",
            content=text(random),
            category_numbers=tuple(CategoryNumber(str(c)) for c in random.sample(range(1, sections + 1), 2)),
            published=NEWEST - n * APART,
            modified=NEWEST - n * APART,
        )
        for n in range(number)
    ]


def reading(post: SourcePost) -> Reading:
    content = post.content or ""
    return Reading(title=post.title, content=content, excerpt=content[3:200], byline=None, first_published=None)


def fill(store: Store, wanted: list[SourcePost], sections: int) -> None:
    numbers = [CategoryNumber(str(n)) for n in range(1, sections + 1)]
    listed = [SourceCategory(number=n, slug=f"category-number-{n}", name=f"Category {n}") for n in numbers]
    with store.write() as connection:
        sources.remember(connection, BLOG, memory={}, complete=True)
        categories.replace(connection, listed)
    for start in range(0, len(wanted), 1000):
        with store.write() as connection:
            some = (told(post, reading(post), seen=post.published) for post in wanted[start : start + 1000])
            batches.keep(connection, list(some), at=NEWEST)


def some_settings(folder: Path, *, entries: int = 50) -> PublishSettings:
    naming = Naming(
        site=Site(
            title="The Blog",
            base_url="https://feeds.example.org",
            tag_authority="example.org,2012",
            language="en-GB",
            organisation="Society of Officers",
            url=BLOG,
            zone=ZoneInfo("Europe/London"),
        ),
    )
    return PublishSettings(folder=folder, naming=naming, most_entries=entries)


# -- each in a process of its own -------------------------------------------------------------------------


def whole(folder: Path) -> None:
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        write_changes(store, now, some_settings(folder / "feeds"), templates, url=BLOG)


def same(folder: Path) -> None:
    """Only what Hugo makes too: no archives, no packed forms, two formats and a page."""
    place = some_settings(folder / "same", entries=20)
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        with store.read() as connection:
            plan = make_plan(connection, place, now=now(), everything=True)
        plan.archives = {}
        output = Output(store, now, place.folder, Fence(plan.turn), packed=False)
        formats = [each for each in FORMATS if each.ending in ("atom", "rss")]
        Build(store, place, templates(), output, plan, formats=formats).work()


def edit(folder: Path) -> None:
    """One edit after another; the least of several."""
    environment = templates()
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        (last,) = the_posts(1, 10)
        taken, cpu = [], []
        for turn in range(10):
            moment = now()
            changed = replace(last, content=f"<p>Corrected {turn}, {moment}.</p>", modified=moment)
            with store.write() as connection:
                batches.keep(connection, [told(changed, reading(changed), seen=NEWEST)], at=NEWEST)
            begin, busy = perf_counter(), process_time()
            done = write_changes(store, now, some_settings(folder / "feeds"), lambda: environment, url=BLOG)
            taken.append(perf_counter() - begin)
            cpu.append(process_time() - busy)
            assert 0 < done.changed < 60, done
        begin = perf_counter()
        write_changes(store, now, some_settings(folder / "feeds"), lambda: environment, url=BLOG)
        tell(seconds=min(taken), cpu=min(cpu), quiet=perf_counter() - begin)


def now() -> datetime:
    return datetime.now(UTC)


def tell(**figures: float) -> None:
    print(json.dumps(figures))


def alone(work: Callable[[Path], None], folder: Path) -> dict[str, Any]:
    """Does *work* in a process of its own; its seconds and its peak of memory in MiB."""
    command = python("bench_publish", f"--{work.__name__}", folder)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # this very file
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measured(work: Callable[[Path], None], folder: Path) -> None:
    begin, busy = perf_counter(), process_time()
    work(folder)
    if work is not edit:
        tell(seconds=perf_counter() - begin, cpu=process_time() - busy, mib=peak_mb())


# -- Hugo -------------------------------------------------------------------------------------------------


def hugo_site(folder: Path, wanted: list[SourcePost]) -> None:
    (folder / "content" / "posts").mkdir(parents=True)
    (folder / "layouts" / "_default").mkdir(parents=True)
    (folder / "config.toml").write_text(
        'baseURL = "https://feeds.example.org/"\ntitle = "The Blog"\n'
        'disableKinds = ["section", "404", "sitemap", "robotsTXT"]\n'
        '[[cascade]]\n[cascade._target]\npath = "/posts/**"\n[cascade._build]\nrender = "never"\nlist = "always"\n'
        '[taxonomies]\ncategory = "categories"\n'
        '[outputs]\nhome = ["HTML", "RSS", "ATOM"]\nterm = ["HTML", "RSS", "ATOM"]\n'
        '[mediaTypes."application/atom+xml"]\nsuffixes = ["atom"]\n'
        '[outputFormats.ATOM]\nmediaType = "application/atom+xml"\nbaseName = "index"\nisPlainText = false\n'
    )
    home = '{{ $p := .Data.Pages }}{{ if .IsHome }}{{ $p = where .Site.RegularPages "Section" "posts" }}{{ end }}'
    items = "{{ range first 20 $p.ByDate.Reverse }}"
    head = '{{ printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}'
    layouts = {
        "list.html": f"{home}<!doctype html><title>{{{{ .Title }}}}</title>{items}<h2><a href='{{{{ .Params.link }}}}'>"
        "{{ .Title }}</a></h2><p>{{ .Summary }}</p>{{ end }}",
        "list.rss.xml": f"{head}{home}<rss version='2.0'><channel><title>{{{{ .Title }}}}</title>{items}<item><title>"
        "{{ .Title }}</title><guid>{{ .Params.id }}</guid><pubDate>{{ .Date }}</pubDate><description>"
        "{{ .Content | html }}</description></item>{{ end }}</channel></rss>",
        "list.atom.atom": f"{head}{home}<feed xmlns='http://www.w3.org/2005/Atom'><title>{{{{ .Title }}}}</title>"
        f"{items}"
        "<entry><title>{{ .Title }}</title><id>{{ .Params.id }}</id><updated>{{ .Date }}</updated>"
        "<content type='html'>{{ .Content | html }}</content></entry>{{ end }}</feed>",
    }
    for name, layout in layouts.items():
        (folder / "layouts" / "_default" / name).write_text(layout)
    for post in wanted:
        front = {
            "title": post.title,
            "date": post.published.isoformat(),
            "id": post.guid,
            "link": post.url,
            "categories": [f"category-number-{c}" for c in post.category_numbers or ()],
        }
        body = f"{json.dumps(front)}\n\n{reading(post).content}"
        (folder / "content" / "posts" / f"{post.number}.html").write_text(body)


def hugo(folder: Path) -> dict[str, float] | None:
    if shutil.which("hugo") is None:
        return None
    shutil.rmtree(folder / "public", ignore_errors=True)
    begin = perf_counter()
    process = subprocess.Popen(["hugo", "--quiet"], cwd=folder)  # noqa: S607  # the one that is installed
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise Failed("hugo failed")
    cpu = usage.ru_utime + usage.ru_stime
    return {"seconds": perf_counter() - begin, "cpu": cpu, "mib": usage.ru_maxrss / 1024}


# -- the run ----------------------------------------------------------------------------------------------


def shown(name: str, figures: dict[str, float] | None) -> None:
    if figures is None:
        print(f"{name:<24} not here")
    else:
        print(f"{name:<24} {figures['seconds']:7.2f} s  {figures['cpu']:6.2f} s of CPU  {figures['mib']:6.0f} MiB")


def compared(name: str, ours: dict[str, float], theirs: dict[str, float]) -> None:
    seconds, cpu = (ours[what] / theirs[what] for what in ("seconds", "cpu"))
    memory = f", {ours['mib'] / theirs['mib']:.2f} of the memory" if "mib" in ours and "mib" in theirs else ""
    print(f"{name:<24} {seconds:.2f} of the time, {cpu:.2f} of the CPU{memory}")


def main() -> None:
    number, sections = (int(word) for word in (sys.argv[1:3] + ["10000", "50"][len(sys.argv) - 1 :])[:2])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        large, small, hugos = folder / "large", folder / "small", folder / "hugo"
        wanted = the_posts(number, sections)
        for store_folder, some in ((large, wanted), (small, wanted[: number // 10])):
            store_folder.mkdir()
            with closing(open_store(f"sqlite:///{store_folder}/store.db")) as store:
                fill(store, some, sections)
        hugo_site(hugos, wanted)
        runs = [_a_run(large, small, hugos) for _ in range(3)]
        theirs, same_, whole_, edit_, edit_small = (_least(each) for each in zip(*runs, strict=True))
        documents = sum(1 for path in (large / "feeds").rglob("*") if path.suffix not in (".gz", ".br"))
        print(f"{number} posts in {sections} categories, {documents} documents")
        shown("hugo", theirs)
        shown("the same", same_)
        shown("the whole", whole_)
        if theirs and same_ and whole_ and edit_ and edit_small:
            print("ours beside hugo's:")
            compared("the same", same_, theirs)
            compared("the whole", whole_, theirs)
            compared("an edit", edit_, theirs)
        if edit_ and edit_small:
            print(f"an edit beside one in a tenth of the posts; a quiet publish {edit_['quiet'] * 1000:.0f} ms:")
            compared("an edit", edit_, edit_small)


def _a_run(large: Path, small: Path, hugos: Path) -> tuple[dict[str, float] | None, ...]:
    """One of each beside the others: what else the machine does befalls them alike."""
    shutil.rmtree(large / "same", ignore_errors=True)
    found = [hugo(hugos), alone(same, large)]
    for each in (large, small):
        shutil.rmtree(each / "feeds", ignore_errors=True)
    found.append(alone(whole, large))
    alone(whole, small)
    return (*found, alone(edit, large), alone(edit, small))


def _least(runs: Iterable[dict[str, float] | None]) -> dict[str, float] | None:
    there = [run for run in runs if run]
    return {name: min(run[name] for run in there) for name in there[0]} if there else None


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("--"):
        measured({"--whole": whole, "--same": same, "--edit": edit}[sys.argv[1]], Path(sys.argv[2]))
    else:
        main()
