"""`scopegate request`."""
import click
@click.command()
def request() -> None:
    """Explain."""
