"""The queue of configurations to be computed, WORK/queue.json."""

import json
import os


def load(work):
    """The queue; empty if there is none."""
    path = os.path.join(work, "queue.json")
    return json.load(open(path)) if os.path.exists(path) else []


def save(work, queue):
    """Never a half-written file: run_queue.py may read it at any time."""
    os.makedirs(work, exist_ok=True)
    path = os.path.join(work, "queue.json")
    with open(path + ".new", "w") as out:
        json.dump(queue, out)
    os.replace(path + ".new", path)
