"""The door to public data that you downloaded: one function for each set, one table each.

    table = public.camus("/where/you/unzipped/it")
    public.told(table)          # licence, citation, known traps, what was left out

Nothing is downloaded, moved or changed. Clip tables: `echonet`, `camus`. Image tables: `busi`,
`hc18`, `dl_track`. `table.attrs` holds folder, name, licence, citation, traps, left_out (file: why)
and noted (file: remark).
"""

from course_utils.public_camus import camus, camus_check
from course_utils.public_echo import echonet, load_clip
from course_utils.public_facts import known, left_out, noted, told
from course_utils.public_images import busi, dl_track, hc18

__all__ = [
    "busi",
    "camus",
    "camus_check",
    "dl_track",
    "echonet",
    "hc18",
    "known",
    "left_out",
    "load_clip",
    "noted",
    "told",
]
