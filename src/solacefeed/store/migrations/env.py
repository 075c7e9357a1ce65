"""Run by Alembic: migrates on the connection that ``migrations.upgrade`` hands it, inside its transaction."""

from alembic import context

from solacefeed.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
