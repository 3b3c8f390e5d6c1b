"""A report in Markdown, with its pictures beside it, and the same as one HTML file that holds everything."""

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path

from markdown_it import MarkdownIt

from drivermon.errors import OutputError

STYLE = """
body { font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1d2229; max-width: 80rem;
       margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 1px solid #d9dde3; }
h3 { font-size: 1.05rem; } img { max-width: 100%; margin: .4rem 1rem .4rem 0; vertical-align: top; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 13.5px; font-variant-numeric: tabular-nums;
        display: block; overflow-x: auto; }
th, td { padding: .28rem .6rem; border-bottom: 1px solid #e3e6ea; text-align: right; white-space: nowrap; }
th { background: #f3f5f7; } th:first-child, td:first-child { text-align: left; }
code { background: #f3f5f7; padding: 0 .25em; }
"""


class Report:
    """Collects Markdown and pictures."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._blocks = [f"# {title}"]
        self._pictures: dict[str, bytes] = {}

    def text(self, markdown: str) -> None:
        """Add a heading or a paragraph."""
        self._blocks.append(markdown)

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Add a table; nothing where there are no rows."""
        written = table(header, rows)
        if written:
            self._blocks.append(written)

    def pictures(self, *pictures: tuple[str, str, bytes]) -> None:
        """Add pictures side by side, each with a file name, what it shows, and its PNG."""
        self._pictures |= {name: png for name, _, png in pictures}
        self._blocks.append("\n".join(f"![{shows}]({name})" for name, shows, _ in pictures))

    def markdown(self) -> str:
        """Return it as Markdown that refers to its pictures by name."""
        return "\n\n".join(self._blocks) + "\n"

    def html(self) -> str:
        """Return it as one HTML page that needs no other file."""
        body = MarkdownIt("commonmark", {"html": False}).enable("table").render(self.markdown())
        for name, png in self._pictures.items():
            data = base64.b64encode(png).decode()
            body = body.replace(f'src="{name}"', f'src="data:image/png;base64,{data}"')
        head = f'<meta charset="utf-8"><title>{self._title}</title><style>{STYLE}</style>'
        return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'

    def write(self, folder: Path, name: str) -> None:
        """Write NAME.md, NAME.html and the pictures into `folder`.

        Raises:
            OutputError: the folder can't be written.

        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file, png in self._pictures.items():
                (folder / file).write_bytes(png)
            (folder / f"{name}.md").write_text(self.markdown(), "utf-8")
            (folder / f"{name}.html").write_text(self.html(), "utf-8")
        except OSError as error:
            raise OutputError(
                f"{folder} can't be written ({error}): is the disk full, the folder yours?"
            ) from error


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table, the first column to the left and numbers to the right; "" without rows."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if not lines:
        return ""
    ruler = "|---|" + "---:|" * (len(header) - 1)
    return "\n".join(["| " + " | ".join(header) + " |", ruler, *lines])


def percent(share: float) -> str:
    """Write a share as a percentage; "–" where there is none."""
    return "–" if share != share else f"{100.0 * share:.1f}"  # noqa: PLR0124 # NaN differs from itself
