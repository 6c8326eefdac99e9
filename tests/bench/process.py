"""Times the whole command, from exec to exit, over the Laravel application of the fixtures.

    python3 tests/bench/process.py BINARY [RUNS]

BINARY is best built with `cargo build --profile dist`. Prints medians of wall clock and CPU time, and the peak of the
resident memory, as the kernel counts them for a child that has ended (wait4). Linux only.
"""

import ctypes
import os
import statistics
import sys
import time

FIXTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures", "apps", "laravel")
ARGUMENTS = ["render", "--branch", "feature/login", "--facts", "facts.json"]


def main(binary, runs=200):
    binary = os.path.abspath(binary)
    os.chdir(FIXTURE)
    run(binary)
    samples = [run(binary) for _ in range(runs)]
    peak = [memory(binary) for _ in range(20)]
    wall, user, system = zip(*samples)
    print(f"{runs} runs of {os.path.basename(binary)} {' '.join(ARGUMENTS)}")
    print(f"wall    median {milliseconds(wall)}, fastest {min(wall) * 1000:.2f} ms, slowest {max(wall) * 1000:.2f} ms")
    print(f"user    median {milliseconds(user)}")
    print(f"system  median {milliseconds(system)}")
    print(f"memory  peak {max(peak) / 1024:.1f} MiB, median {statistics.median(peak) / 1024:.1f} MiB")


def milliseconds(samples):
    return f"{statistics.median(samples) * 1000:.2f} ms"


def run(binary):
    """One run: seconds of wall clock, user and system time."""
    start = time.perf_counter()
    _, status, usage = os.wait4(spawn([binary, *ARGUMENTS]), 0)
    wall = time.perf_counter() - start
    check(status)
    return wall, usage.ru_utime, usage.ru_stime


def memory(binary):
    """The peak in KiB.

    The kernel counts what a process held before its exec, and that is a copy of this Python. So a shell starts the
    command and ends; the command, now an orphan, becomes a child of this process, which may then ask for its usage.
    """
    become_parent_of_orphans = 36
    ctypes.CDLL(None).prctl(become_parent_of_orphans, 1)
    shell = spawn(["/bin/sh", "-c", '"$@" & exit', "sh", binary, *ARGUMENTS])
    peak = 0
    for _ in range(2):
        child, status, usage = os.wait4(-1, 0)
        check(status)
        peak = peak if child == shell else usage.ru_maxrss
    return peak


def spawn(command):
    nowhere = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_WRONLY, 0) for descriptor in (1, 2)]
    return os.posix_spawn(command[0], command, {}, file_actions=nowhere)


def check(status):
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"a run ended with {code}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], *(int(it) for it in sys.argv[2:]))
