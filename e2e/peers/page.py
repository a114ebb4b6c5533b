"""Writes a block of a page: what stands between <!-- NAME --> and <!-- /NAME -->."""

import re
import sys


def write(page, name, text):
    before = page.read_text()
    block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
    if not block.search(before):
        sys.exit(f"peers: {page} has no block `{name}`")
    page.write_text(block.sub(lambda found: f"{found[1]}{text}\n{found[2]}", before))
