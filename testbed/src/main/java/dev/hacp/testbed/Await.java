package dev.hacp.testbed;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Waiting for a condition with a deadline: polled, never a fixed sleep.
public final class Await {

    private static final long POLL_NANOS = Duration.ofMillis(20).toNanos();

    private Await() {}

    /// Returns as soon as `condition` holds. An exception of the condition counts as "not yet".
    ///
    /// @param what the sentence that the failure says: "the VIP is on one host"
    /// @throws AssertionError when `within` has passed; it carries the last exception
    public static void until(String what, Duration within, Callable<Boolean> condition) {
        until(what, within, condition, () -> "");
    }

    /// As above; `evidence` is asked once, when the time has passed, and ends the failure's message.
    public static void until(String what, Duration within, Callable<Boolean> condition, Supplier<String> evidence) {
        long deadline = System.nanoTime() + within.toNanos();
        Throwable last = null;
        while (true) {
            boolean late = System.nanoTime() >= deadline;
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception | AssertionError e) {
                last = e;
            }
            if (late) {
                String more = evidence.get();
                throw new AssertionError("not within " + within.toMillis() + " ms: " + what
                        + (last == null ? "" : " (" + last + ")") + (more.isEmpty() ? "" : "\n" + more), last);
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("interrupted while waiting: " + what, last);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
