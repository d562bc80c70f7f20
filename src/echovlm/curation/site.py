"""Where a Doppler or M-mode clip was recorded from, as far as its source says."""

import json
from typing import Final

from echovlm.clinical import Mode, Site, find_site
from echovlm.curation.errors import SourceError
from echovlm.curation.tree import SourceTree
from echovlm.curation.truth import truth_stem

# What the simulator writes of a spectrum, of an M-mode and of a colour box.
_KEYS: Final = ("trace", "cursor", "valve")


def find_recorded_site(tree: SourceTree, clip_path: str, mode: Mode | None) -> Site | None:
    """Return the site that the simulator's truth names; no archive that we read states one otherwise."""
    if mode in (None, Mode.B):
        return None
    told = f"{truth_stem(clip_path)}.json"
    if not tree.has(told):
        return None
    try:
        plain = json.loads(tree.read_bytes(told))
    except (OSError, ValueError, SourceError):
        return None  # counted as damaged truth where masks are looked for
    if not isinstance(plain, dict):
        return None
    named = next((plain[key] for key in _KEYS if isinstance(plain.get(key), str)), None)
    return None if named is None else find_site(named, mode)
