#!/usr/bin/env python3
"""Works through a queue of configurations with ABINIT, one at a time.

    python3 run_queue.py WORK [--abinit abinit] [--pseudopotentials FOLDER] [--pause FILE] [--hours H]

WORK/queue.json holds the configurations (sample.py). Each one is computed in WORK/NAME; WORK/status.json
says what became of it. A second start takes up where the first one stopped: finished and failed jobs
are kept, a job that was interrupted is repeated. Jobs run at the lowest priority on one core; while
the file given with --pause exists the running job is halted."""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time

import abinit

# seconds on one core of an idle machine, by number of atoms; replaced by measured times as they come
EXPECTED_SECONDS = {5: 35., 10: 130., 20: 450., 40: 1100.}
SECONDS_BETWEEN_LOOKS = 1.


def load(path, default):
    try:
        with open(path) as f:
            return json.load(f)
    except FileNotFoundError:
        return default


def save(path, content):
    with open(path + ".new", "w") as f:
        json.dump(content, f, indent=0)
    os.replace(path + ".new", path)  # never a half-written file


def cpu_seconds(pid):
    """User and system time of a process so far (Linux)."""
    try:
        fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.


def expected(configuration, status):
    natom = len(configuration["xred"])
    times = [s["cpu"] for s in status.values() if s["state"] == "done" and s["natom"] == natom]
    return sum(times) / len(times) if times else EXPECTED_SECONDS.get(natom, 0.6 * natom**2)


def lowest_priority():
    os.setsid()
    os.nice(19)
    try:  # Linux shares the processor among sessions first: nice alone yields to the own session only
        with open("/proc/self/autogroup", "w") as group:
            group.write("19")
    except OSError:
        pass


def compute(configuration, folder, options):
    """Run one job; (state, reason, wall seconds, CPU seconds)."""
    os.makedirs(folder, exist_ok=True)
    abinit.write_input(os.path.join(folder, "run.abi"), configuration, options.pseudopotentials)
    for left in os.listdir(folder):
        if left != "run.abi":  # ABINIT numbers its output files when old ones are there
            os.remove(os.path.join(folder, left))
    environment = dict(os.environ, OMP_NUM_THREADS="1", ABI_PSPDIR=options.pseudopotentials)
    began, used, halted = time.time(), 0., False
    with open(os.path.join(folder, "log"), "w") as log:
        child = subprocess.Popen([options.abinit, "run.abi"], cwd=folder, stdout=log, env=environment,
                                 stderr=subprocess.STDOUT, preexec_fn=lowest_priority)
        try:
            while child.poll() is None:
                used = max(used, cpu_seconds(child.pid))
                wanted = bool(options.pause) and os.path.exists(options.pause)
                if wanted != halted:
                    child.send_signal(signal.SIGSTOP if wanted else signal.SIGCONT)
                    halted = wanted
                time.sleep(SECONDS_BETWEEN_LOOKS)
        except BaseException:  # also Ctrl-C: no job is left behind
            child.send_signal(signal.SIGCONT)
            child.terminate()
            child.wait()
            raise
    wall = time.time() - began
    try:
        abinit.read_output(os.path.join(folder, "run.abo"))
    except (OSError, ValueError) as problem:
        return "failed", "%s: %s" % (problem, abinit.complaint(os.path.join(folder, "log"))), wall, used
    return "done", "", wall, used


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("--abinit", default="abinit")
    parser.add_argument("--pseudopotentials", default="/usr/share/abinit/psp")
    parser.add_argument("--pause")
    parser.add_argument("--hours", type=float, default=1e9, help="start no job after so many hours")
    options = parser.parse_args()
    queue_file = os.path.join(options.work, "queue.json")
    status_file = os.path.join(options.work, "status.json")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the job is ended too
    lock = open(os.path.join(options.work, "lock"), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("another run_queue.py works on %s" % options.work)
    began, wall_sum, cpu_sum = time.time(), 0., 0.
    while time.time() - began < 3600 * options.hours:
        status = load(status_file, {})
        queue = load(queue_file, [])  # read afresh: the queue may be longer or in another order by now
        waiting = [c for c in queue if c["name"] not in status]
        if not waiting:
            print("the queue is empty", flush=True)
            return
        configuration = waiting[0]
        name = configuration["name"]
        state, reason, wall, cpu = compute(configuration, os.path.join(options.work, name), options)
        status = load(status_file, {})
        status[name] = dict(state=state, reason=reason, natom=len(configuration["xred"]),
                            wall=round(wall, 1), cpu=round(cpu, 1))
        save(status_file, status)
        wall_sum, cpu_sum = wall_sum + wall, cpu_sum + cpu
        if len(status) == 3 and all(s["state"] == "failed" for s in status.values()):
            os.remove(status_file)
            sys.exit("the first three jobs failed, something is wrong with all of them: %s" % reason)
        left = sum(expected(c, status) for c in waiting[1:]) * wall_sum / max(cpu_sum, 1.)
        print("%s %-12s %-6s %5.0f s (cpu %.0f s)  %d of %d, about %.0f min left  %s" %
              (time.strftime("%H:%M:%S"), name, state, wall, cpu, len(queue) - len(waiting) + 1,
               len(queue), left / 60, reason), flush=True)


if __name__ == "__main__":
    main()
