package dev.hacp.core;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a recurring task alive. A scheduler, the JDK's as well as Netty's, drops a periodic task for good after its first
/// exception and tells nobody. Here a fault is logged with its trace, at most once a minute, and the next round comes.
/// Any thread may use it.
public final class FaultGuard {

    static final Duration TELL = Duration.ofMinutes(1);

    private final String what;
    private final Ticker ticker;
    private final Logger log;
    private final RateLimit told = new RateLimit(TELL);

    /// @param what the work in the words of a log line: "the upkeep of the backends"
    public FaultGuard(String what, Ticker ticker) {
        this(what, ticker, LoggerFactory.getLogger(FaultGuard.class));
    }

    FaultGuard(String what, Ticker ticker, Logger log) {
        this.what = what;
        this.ticker = ticker;
        this.log = log;
    }

    /// The task for a scheduler.
    public Runnable around(Runnable task) {
        return () -> run(task);
    }

    /// @return whether it ended without a fault
    public boolean run(Runnable task) {
        try {
            task.run();
            return true;
        } catch (RuntimeException | Error e) {
            tell(e);
            return false;
        }
    }

    /// One round of a loop that waits for something.
    @FunctionalInterface
    public interface Round {
        void run() throws InterruptedException;
    }

    /// As [#run], for a loop on a thread of its own: the thread goes on after a fault, and ends only when it is told to.
    ///
    /// @return whether it ended without a fault
    public boolean round(Round round) throws InterruptedException {
        try {
            round.run();
            return true;
        } catch (RuntimeException | Error e) {
            tell(e);
            return false;
        }
    }

    private synchronized void tell(Throwable fault) {
        if (told.tryAcquire(ticker.nanos())) {
            log.error("a fault in {}; continuing, {} more not shown; please report it", what, told.takeRefused(),
                    fault);
        }
    }
}
