"""`scopegate catalogue`."""
import click
@click.command()
def catalogue() -> None:
    """Explain."""
