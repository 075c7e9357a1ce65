"""The config: a TOML file, read once into a frozen value of which every part is handed only its table.

    file --> loading: tomllib --> tables: pydantic (each value by checks)  --> Config
                              \\-> rules (between keys)                   --> or all problems, with their lines

Law: secrets come from the environment or from files of their own, and are never printed.
"""

from solacefeed.config.checks import language as language_tag
from solacefeed.config.loading import content_known_by, load
from solacefeed.config.tables import (
    BackupConfig,
    CategoriesConfig,
    Config,
    DaemonConfig,
    DigestConfig,
    EventConfig,
    FeedsConfig,
    MailConfig,
    SiteConfig,
    SourceConfig,
    StoreConfig,
    SubscriberConfig,
    WebConfig,
)

__all__ = [
    "BackupConfig",
    "CategoriesConfig",
    "Config",
    "DaemonConfig",
    "DigestConfig",
    "EventConfig",
    "FeedsConfig",
    "MailConfig",
    "SiteConfig",
    "SourceConfig",
    "StoreConfig",
    "SubscriberConfig",
    "WebConfig",
    "content_known_by",
    "language_tag",
    "load",
]
