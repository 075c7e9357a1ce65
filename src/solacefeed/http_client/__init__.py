"""The one way out to the web, and the only home of httpx: polite, capped, guarded.

Its laws, for every ``get``:

- One connection, GET alone, no cookies, no proxy from the environment; TLS is always verified.
- One deadline over connecting, redirects and dripping bodies. Only the look-up of a name has the system's own; and a
  maintenance is asked once more, where somebody waits.
- No byte beyond the cap is ever held, on the wire or after decompression.
- The host that was asked answers, or nobody: a redirect leads elsewhere never, to https of the same host at most.
- A public name never leads to a private address: what was resolved is checked, and the checked address is connected to.
"""

from __future__ import annotations

import sys

# httpx's own command line, which we don't use, brings rich and pygments along: half of what its import costs.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # how Python is told that there is none
