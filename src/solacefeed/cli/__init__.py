"""The command line: ``solacefeed COMMAND``. Each command is one door to deeds that are done elsewhere."""

from __future__ import annotations

import sys

from solacefeed.cli import deeds, keeping, look, people, setting_up
from solacefeed.cli.root import root
from solacefeed.cli.saying import complain
from solacefeed.errors import ConfigError, SolacefeedError, UsageError

# ``keeping`` adds its commands to those of ``look``.
__all__ = ["keeping", "main"]

for module in (deeds, look, people, setting_up):
    module.add_to(root)


def main() -> None:
    """Runs the command of this process's arguments, and ends the process with 0, 1 (did not work) or 2 (usage)."""
    try:
        root(standalone_mode=True)
    except (ConfigError, UsageError) as error:
        complain(str(error))
        sys.exit(2)
    except SolacefeedError as error:
        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # `solacefeed posts list | head`: nobody listens any more, and that is no fault.
        sys.stderr.close()
        sys.exit(0)
