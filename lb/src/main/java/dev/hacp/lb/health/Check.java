package dev.hacp.lb.health;

import java.time.Duration;

/// One check of one backend, run once on a thread of its own. It has no time limit itself: its starter aborts it.
interface Check {

    /// Blocks until it knows, or until aborted.
    CheckResult run();

    /// Ends `run` soon, whatever it waits for; any thread. What `run` then returns is of no use, [#overdue] is.
    void abort();

    /// What it means that no result came in time; asked before `abort`.
    CheckResult overdue(Duration timeout);
}
