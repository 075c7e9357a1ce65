"""How fast an edition is delivered, beside other programs that hand as much over to the same relay.

python -m benchmarks.bench_deliver [SUITE ...] [--rounds 3] [--copies 100] [--whole]

    near      the full chain of ``solacefeed deliver`` (claim, compose, mark, hand over, record; all of it durable, 127
              variants) by one process on SQLite, unsigned and signed, and by two processes of two sites, beside
              smtp-source -d, smtplib, aiosmtplib and nodemailer, which write nothing down
    far       the same with a relay that is 20 ms away, over 10 connections
    postgres  1, 2 and 4 processes at one edition on PostgreSQL: all on this machine, then relay and database 20 ms away
    memory    the most memory of a process that delivers to 10,000, 100,000 and a million, and which statements take
              longer the more copies wait; of a million the first 20,000 go, or with --whole all
    compose   copies composed and signed in a second of the processor

--copies is how many there are in a hundred of the usual number. The relay is Postfix's smtp-sink where that is on the
PATH, else one of our own; both take everything and keep nothing. All run on the same cores as the relay, so that only
what is said beside one another counts: contestants take turns, and a ratio is the median of what it was in each round.
Stores are files in TMPDIR: what its disk takes for a sync is a part of the time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.support import postgres

from benchmarks import bench_compose
from benchmarks.children import Failed
from benchmarks.delivering import Editions, PostgresEditions, SqliteEditions, Way, hand_over, sample, scratch
from benchmarks.figures import Aim, Sample, Told, compare, machine, take_turns, tell
from benchmarks.growth import watch_growth
from benchmarks.peers import Load, Peer, peers
from benchmarks.relay import far, relay

OURS, SIGNED, TWO = "solacefeed", "solacefeed, signed by RSA and Ed25519", "solacefeed, two sites with a process each"
MILLISECONDS = 20.0
SOCKET = ".s.PGSQL.5432"
#: A turn is given up after so many seconds.
PATIENCE = 240.0

NEAR_CONNECTIONS, FAR_CONNECTIONS = 20, 10
#: In each suite, before --copies.
NEAR, NEAR_SIGNED, FAR, FAR_OTHERS, PG_NEAR, PG_FAR = 80_000, 6_000, 6_000, 2_000, 6_000, 10_000
WORKERS = (1, 2, 4)
SIZES = (10_000, 100_000, 1_000_000)
#: Of the largest.
SOME = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command was told."""

    rounds: int
    #: In a hundred.
    copies: int
    whole: bool

    def some(self, number: int) -> int:
        return max(number * self.copies // 100, 20)


def turn(kept: Editions, made: str, way: Way, expected: int, *, processes: int = 1, sites: int = 1) -> Sample:
    """So many processes at each of so many stores like *made*; *expected* copies go in all."""
    if sites == 2:
        with kept.fresh(made) as one, kept.fresh(made) as other:
            return sample(hand_over(kept, [one, other], way), expected)
    with kept.fresh(made) as store:
        return sample(hand_over(kept, [store] * processes, way), expected)


def turn_of(peer: Peer, load: Load) -> Sample:
    took = peer.hand_over(load, within=PATIENCE)
    return Sample(amount=load.copies, seconds=took.seconds, processor=took.processor)


def beside(
    port: int, copies: int, size: int, connections: int, *, alike: bool = False
) -> tuple[dict[str, Callable[[], Sample]], list[str]]:
    """A turn of each peer that is installed, and the names of the others; *alike*, all with so many copies."""
    here, missing = peers()
    turns: dict[str, Callable[[], Sample]] = {}
    for peer in here:
        theirs = max(copies if alike else copies * peer.share // 100, connections)
        load = Load(port=port, copies=theirs, size=size, connections=connections)
        turns[peer.name] = partial(turn_of, peer, load)
    return turns, missing


def near(given: Given) -> Told:
    with scratch() as folder, relay() as port:
        kept = SqliteEditions(folder)
        copies, fewer = given.some(NEAR), given.some(NEAR_SIGNED)
        many, some = kept.make(copies), kept.make(fewer)
        way = Way(port=port, connections=NEAR_CONNECTIONS, within=PATIENCE)
        signed = Way(port=port, connections=NEAR_CONNECTIONS, within=PATIENCE, signed=True)
        others, missing = beside(port, copies, kept.size, NEAR_CONNECTIONS)
        told = Told(suite="near", about=f"{_mails(kept)} over {NEAR_CONNECTIONS} connections; SQLite, durable")
        told.figures = take_turns(
            {
                OURS: partial(turn, kept, many, way, copies),
                **others,
                SIGNED: partial(turn, kept, some, signed, fewer),
                TWO: partial(turn, kept, some, way, 2 * fewer, sites=2),
            },
            given.rounds,
        )
        compare(told, [Aim(of=OURS, beside="smtp-source -d", least=0.8)])
        compare(told, [Aim(of=OURS, beside=name) for name in others if name != "smtp-source -d"])
        compare(told, [Aim(of=SIGNED, beside="smtp-source -d"), Aim(of=TWO, beside=OURS)])
        told.without(missing)
        return told


def far_away(given: Given) -> Told:
    with scratch() as folder, relay() as target, far(target, MILLISECONDS) as port:
        kept = SqliteEditions(folder)
        copies = given.some(FAR)
        made = kept.make(copies)
        way = Way(port=int(port), connections=FAR_CONNECTIONS, within=PATIENCE)
        others, missing = beside(int(port), given.some(FAR_OTHERS), kept.size, FAR_CONNECTIONS, alike=True)
        about = f"{_mails(kept)} over {FAR_CONNECTIONS} connections to a relay {MILLISECONDS:.0f} ms away; SQLite"
        told = Told(suite="far", about=about)
        told.figures = take_turns({OURS: partial(turn, kept, made, way, copies), **others}, given.rounds)
        compare(told, [Aim(of=OURS, beside="nodemailer", least=1.6)])
        compare(told, [Aim(of=OURS, beside=name) for name in others if name != "nodemailer"])
        told.without(missing)
        return told


def on_postgres(given: Given) -> Told:
    told = Told(suite="postgres", about="one edition on PostgreSQL, durable")
    if postgres.binaries() is None:
        told.lines.append("no PostgreSQL is installed")
        return told
    with scratch() as folder, relay() as port, postgres.running(durable=True) as address:
        kept = PostgresEditions(folder, address)
        told.about += f"; {_mails(kept)} over {FAR_CONNECTIONS} connections a process"
        copies = given.some(PG_NEAR)
        made = kept.make(copies)
        way = Way(port=port, connections=FAR_CONNECTIONS, within=PATIENCE)
        here = {
            f"all on this machine, {_workers(each)}": partial(turn, kept, made, way, copies, processes=each)
            for each in WORKERS
        }
        told.figures = take_turns(here, given.rounds)
        with (
            far(port, MILLISECONDS) as relay_port,
            far(f"{socket_folder(address)}/{SOCKET}", MILLISECONDS, f"{folder}/{SOCKET}"),
        ):
            kept.met_at = address.replace(socket_folder(address), str(folder))
            way = Way(port=int(relay_port), connections=FAR_CONNECTIONS, within=PATIENCE)
            fewer = given.some(PG_FAR)
            made = kept.make(fewer)
            there = {
                f"{MILLISECONDS:.0f} ms away, {_workers(each)}": partial(turn, kept, made, way, fewer, processes=each)
                for each in WORKERS
            }
            told.figures += take_turns(there, given.rounds)
        for names in (list(here), list(there)):
            compare(told, [Aim(of=name, beside=names[0]) for name in names[1:]])
    return told


def socket_folder(address: str) -> str:
    return address.rpartition("host=")[2]


def _mails(kept: Editions) -> str:
    return f"mails of {kept.size / 1000:.0f} kB"


def _workers(number: int) -> str:
    return f"{number} worker{'s' if number > 1 else ''}"


def memory(given: Given) -> Told:
    told = Told(suite="memory", about=f"one process on SQLite, {NEAR_CONNECTIONS} connections")
    with scratch() as folder, relay() as port:
        kept = SqliteEditions(folder)
        sizes = [given.some(each) for each in SIZES]
        least = given.some(SOME)
        mosts = [0 if given.whole or size < sizes[-1] else least for size in sizes]
        way = Way(port=port, connections=NEAR_CONNECTIONS, within=PATIENCE * (20 if given.whole else 1))
        watch_growth(told, kept, way, list(zip(sizes, mosts, strict=True)))
    return told


def composing(_given: Given) -> Told:
    told = Told(suite="compose", about=f"copies of {bench_compose.VARIANTS} variants in a second of the processor")
    found = bench_compose.figures(20_000)
    told.lines += [f"{name}: {rate:,.0f}" for name, rate in found.items()]
    told.more["rates"] = found
    return told


SUITES = {"compose": composing, "near": near, "far": far_away, "postgres": on_postgres, "memory": memory}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--copies", type=int, default=100, help="in a hundred of the usual number")
    parser.add_argument("--whole", action="store_true", help="all of a million go")
    words = parser.parse_args()
    if unknown := [name for name in words.suites if name not in SUITES]:
        parser.error(f"no suite is called {', '.join(unknown)}: there are {', '.join(SUITES)}")
    given = Given(rounds=words.rounds, copies=words.copies, whole=words.whole)
    where, failed = machine(), False
    print(f"{where['cores']} cores, {where['system']}, Python {where['python']}; a sync takes {where['sync_ms']} ms")
    print("  ".join(f"{name} {version}" for name, version in where["versions"].items()), flush=True)
    for name in words.suites or SUITES:
        try:
            tell(SUITES[name](given))
        except Failed as error:
            print(f"{name}: failed: {error}", flush=True)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
