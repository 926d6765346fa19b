#!/usr/bin/env python3
"""Works through a queue of configurations with ABINIT.

    python3 run_queue.py WORK [--abinit abinit] [--pseudopotentials FOLDER] [--pause FILE] [--hours H]
                              [--workers N] [--nice N]

WORK/queue.json holds the configurations (sample.py). Each one is computed in WORK/NAME; WORK/status.json
says what became of it. A second start takes up where the first one stopped: finished and failed jobs
are kept, a job that was interrupted is repeated. Each worker runs one job at a time on one core, at the
lowest priority unless --nice says otherwise; while the file given with --pause exists the running jobs
are halted."""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time

import abinit
import jobs

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


def prepare(nice):
    """Called in the child: a session of its own, at the priority asked for."""
    os.setsid()
    os.nice(nice)
    try:  # Linux shares the processor among sessions first: nice alone yields to the own session only
        with open("/proc/self/autogroup", "w") as group:
            group.write(str(nice))
    except OSError:
        pass


class Stopped(Exception):
    """The runner was told to stop."""


def compute(configuration, folder, options, stop):
    """Run one job; (state, reason, wall seconds, CPU seconds)."""
    os.makedirs(folder, exist_ok=True)
    abinit.write_input(os.path.join(folder, "run.abi"), configuration, options.pseudopotentials,
                       options.tolerance)
    for left in os.listdir(folder):
        if left != "run.abi":  # ABINIT numbers its output files when old ones are there
            os.remove(os.path.join(folder, left))
    environment = dict(os.environ, OMP_NUM_THREADS="1", ABI_PSPDIR=options.pseudopotentials)
    began, used, halted = time.time(), 0., False
    with open(os.path.join(folder, "log"), "w") as log:
        child = subprocess.Popen([options.abinit, "run.abi"], cwd=folder, stdout=log, env=environment,
                                 stderr=subprocess.STDOUT, preexec_fn=lambda: prepare(options.nice))
        while child.poll() is None:
            if stop.is_set():  # no job is left behind
                child.send_signal(signal.SIGCONT)
                child.terminate()
                child.wait()
                raise Stopped
            used = max(used, cpu_seconds(child.pid))
            wanted = bool(options.pause) and os.path.exists(options.pause)
            if wanted != halted:
                child.send_signal(signal.SIGSTOP if wanted else signal.SIGCONT)
                halted = wanted
            time.sleep(SECONDS_BETWEEN_LOOKS)
    wall = time.time() - began
    try:
        abinit.read_output(os.path.join(folder, "run.abo"))
    except (OSError, ValueError) as problem:
        return "failed", "%s: %s" % (problem, abinit.complaint(os.path.join(folder, "log"))), wall, used
    return "done", "", wall, used


class Runner:
    """The queue, its status file, and the jobs that are under way."""

    def __init__(self, options):
        self.options = options
        self.status_file = os.path.join(options.work, "status.json")
        self.lock, self.stop = threading.Lock(), threading.Event()
        self.running, self.began, self.wall, self.cpu = set(), time.time(), 0., 0.

    def next_job(self):
        """The first job that is neither done nor under way. The queue is read afresh: it may be longer
        or in another order by now."""
        with self.lock:
            status = load(self.status_file, {})
            waiting = [c for c in jobs.load(self.options.work) if c["name"] not in status and c["name"] not in self.running]
            if not waiting:
                return None
            self.running.add(waiting[0]["name"])
            return waiting[0]

    def finish(self, configuration, state, reason, wall, cpu):
        name = configuration["name"]
        with self.lock:
            status, queue = load(self.status_file, {}), jobs.load(self.options.work)
            status[name] = dict(state=state, reason=reason, natom=len(configuration["xred"]),
                                wall=round(wall, 1), cpu=round(cpu, 1))
            if len(status) == 3 and all(s["state"] == "failed" for s in status.values()):
                os.remove(self.status_file)
                print("the first three jobs failed, something is wrong with all of them: %s" % reason, flush=True)
                self.stop.set()
                return
            save(self.status_file, status)
            self.running.discard(name)
            self.wall, self.cpu = self.wall + wall, self.cpu + cpu
            left = sum(expected(c, status) for c in queue if c["name"] not in status)
            left *= self.wall / max(self.cpu, 1.) / self.options.workers
            print("%s %-12s %-6s %5.0f s (cpu %.0f s)  %d of %d, about %.0f min left  %s" %
                  (time.strftime("%H:%M:%S"), name, state, wall, cpu, sum(c["name"] in status for c in queue),
                   len(queue), left / 60, reason), flush=True)

    def work(self):
        while not self.stop.is_set() and time.time() - self.began < 3600 * self.options.hours:
            configuration = self.next_job()
            if configuration is None:
                return
            try:
                result = compute(configuration, os.path.join(self.options.work, configuration["name"]),
                                 self.options, self.stop)
            except Stopped:
                return
            self.finish(configuration, *result)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("--abinit", default="abinit")
    parser.add_argument("--pseudopotentials", default="/usr/share/abinit/psp")
    parser.add_argument("--pause")
    parser.add_argument("--hours", type=float, default=1e9, help="start no job after so many hours")
    parser.add_argument("--workers", type=int, default=1, help="jobs at a time")
    parser.add_argument("--nice", type=int, default=19, help="priority, 19 the lowest, 0 that of other programs")
    parser.add_argument("--tolerance", default="2d-5", help="tolvrs; see README.md for what it costs in accuracy")
    options = parser.parse_args()
    lock = open(os.path.join(options.work, "lock"), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("another run_queue.py works on %s" % options.work)
    runner = Runner(options)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop.set())
    threads = [threading.Thread(target=runner.work) for _ in range(max(1, options.workers))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print("stopped" if runner.stop.is_set() else "no job left to start", flush=True)


if __name__ == "__main__":
    main()
