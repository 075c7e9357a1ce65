"""A simulator: a site with its blog, readers and relay, driven through its weeks and held to an independent model.

    story  what happens when: drawn by a seed, or written by hand          (story, cast, rules)
    world  plays it with the product's own deeds on a real store           (world, machine; clock, blog, relay, readers)
    facts  what came of it: told, looked at, wished, handed over, published (facts, mails, documents)
    model  what by the words of the rules each reader had to get           (model; known, closings, due, promising)
           and each feed had to show                                       (feed_model)
    laws   where the two differ, and what must hold whatever the rules say  (laws)

``python -m tests.simulation SEED`` plays one and tells it; docs/architecture.md says how to extend it, and
docs/simulation.md what was run.
"""
