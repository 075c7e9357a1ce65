"""How long a publish takes, beside the same blog built by Hugo in the same run (Debian's package; skipped without).

python benchmarks/bench_publish.py [posts] [categories]

    same    the documents that Hugo makes too: for each category and for all, 20 entries in two formats and a page
    whole   all formats, all archives, packed forms
    edit    one edited post, then a publish; and the same in a store of a hundredth of the posts

Each publish runs in a process of its own, so that its peak of memory is its own. Of several runs the least counts.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from solacefeed import files
from solacefeed.deeds.publishing import build
from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import publish
from solacefeed.models.blog import CategoryNumber, SourceCategory, SourcePost
from solacefeed.models.posts import Reading
from solacefeed.publish.feeds import Naming
from solacefeed.site import Site
from solacefeed.store import categories, posts, sources
from solacefeed.store.database import Store, open_store
from solacefeed.templating import templates

BLOG = "https://blog.example.org"
NEWEST = datetime(2026, 11, 20, 9, tzinfo=UTC)
#: How far apart posts stand, whatever their number: a store of a hundredth has a hundredth of the months.
APART = timedelta(hours=3)
WORDS = re.findall(r"[a-z]{2,}", Path(__file__).read_text() + Path(build.__file__).read_text())


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
            for post in wanted[start : start + 1000]:
                posts.keep(connection, post, reading(post), seen=post.published)


def a_place(folder: Path, *, entries: int = 50) -> PublishSettings:
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
        publish(store, now, a_place(folder / "feeds"), templates(), url=BLOG)


def same(folder: Path) -> None:
    """Only what Hugo makes too: no archives, no packed forms, two formats and a page."""
    build.FORMATS = (build.ATOM, build.FORMATS[2])
    files.PACKED = {}
    build.Build._archives = lambda *_: iter(())  # type: ignore[method-assign]  # to leave out what Hugo has not
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        publish(store, now, a_place(folder / "same", entries=20), templates(), url=BLOG)


def edit(folder: Path) -> None:
    """One edit after another; the least of several."""
    environment = templates()
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        (last,) = the_posts(1, 10)
        taken = []
        for turn in range(8):
            changed = replace(last, content=f"<p>Corrected {turn}.</p>", modified=NEWEST + timedelta(minutes=turn))
            with store.write() as connection:
                posts.keep(connection, changed, reading(changed), seen=NEWEST)
            begin = perf_counter()
            done = publish(store, now, a_place(folder / "feeds"), environment, url=BLOG)
            taken.append(perf_counter() - begin)
            assert 0 < done.changed < 60, done
        begin = perf_counter()
        publish(store, now, a_place(folder / "feeds"), environment, url=BLOG)
        tell(seconds=min(taken), quiet=perf_counter() - begin)


def now() -> datetime:
    return datetime.now(UTC)


def tell(**figures: float) -> None:
    print(json.dumps(figures))


def alone(work: Callable[[Path], None], folder: Path) -> dict[str, Any]:
    """Does *work* in a process of its own; its seconds and its peak of memory in MiB."""
    done = subprocess.run(  # noqa: S603  # this very file
        [sys.executable, __file__, f"--{work.__name__}", str(folder)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measured(work: Callable[[Path], None], folder: Path) -> None:
    begin = perf_counter()
    work(folder)
    if work is not edit:
        tell(seconds=perf_counter() - begin, mib=peak())


def peak() -> float:
    """The most memory that this process had, in MiB; its rusage would count what its parent had before it."""
    try:
        (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(line.split()[1]) / 1024


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
    assert status == 0, "hugo failed"
    return {"seconds": perf_counter() - begin, "mib": usage.ru_maxrss / 1024}


# -- the run ----------------------------------------------------------------------------------------------


def least(work: Callable[[], dict[str, float] | None], times: int = 3) -> dict[str, float] | None:
    runs = [found for _ in range(times) if (found := work())]
    return {name: min(run[name] for run in runs) for name in runs[0]} if runs else None


def shown(name: str, figures: dict[str, float] | None) -> None:
    print(f"{name:<24}", "not here" if figures is None else f"{figures['seconds']:7.2f} s  {figures['mib']:6.0f} MiB")


def main() -> None:
    number, sections = (int(word) for word in (sys.argv[1:3] + ["10000", "50"][len(sys.argv) - 1 :])[:2])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        wanted = the_posts(number, sections)
        for name, some in (("large", wanted), ("small", wanted[: max(number // 100, 200)])):
            (folder / name).mkdir()
            with closing(open_store(f"sqlite:///{folder}/{name}/store.db")) as store:
                fill(store, some, sections)
        hugo_site(folder / "hugo", wanted)
        theirs = least(lambda: hugo(folder / "hugo"))

        def ours() -> dict[str, float]:
            shutil.rmtree(folder / "large" / "same", ignore_errors=True)
            return alone(same, folder / "large")

        alike = least(ours)
        print(f"{number} posts in {sections} categories")
        shown("hugo", theirs)
        shown("ours, the same", alike)
        shown("ours, the whole", alone(whole, folder / "large"))
        alone(whole, folder / "small")
        large, small = alone(edit, folder / "large"), alone(edit, folder / "small")
        documents = sum(1 for path in (folder / "large" / "feeds").rglob("*") if path.suffix not in (".gz", ".br"))
        times = large["seconds"] / small["seconds"]
        print(
            f"{documents} documents; an edit {large['seconds'] * 1000:.0f} ms, in the small store "
            f"{small['seconds'] * 1000:.0f} ms: {times:.2f} times; a quiet publish {large['quiet'] * 1000:.0f} ms"
        )
        if theirs and alike:
            print(
                f"ours beside hugo's, the same: {alike['seconds'] / theirs['seconds']:.2f} of the time, "
                f"{alike['mib'] / theirs['mib']:.2f} of the memory"
            )


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("--"):
        measured({"--whole": whole, "--same": same, "--edit": edit}[sys.argv[1]], Path(sys.argv[2]))
    else:
        main()
