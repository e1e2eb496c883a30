package dev.hacp.core;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Notices that this process was paused: stopped, swapped out, without a processor, or together with the whole machine.
/// The owner of a thread lets it tick; others may ask at any time, so that on waking up nobody sees a stale answer.
/// What was found out before a pause is no evidence after it.
public final class Pauses {

    /// @param endedNanos [Ticker] reading of when it was noticed
    /// @param length     including the time in which the machine was suspended
    /// @param suspended  whether the machine was
    public record Pause(long endedNanos, Duration length, boolean suspended) {
        @Override
        public String toString() {
            return (suspended ? "the machine was suspended for " : "this process was paused for ")
                    + (length.toMinutes() > 0
                            ? Durations.brief(length)
                            : Math.round(length.toMillis() / 100.0) / 10.0 + " s");
        }
    }

    /// Readings of the clocks differ by less while nothing is suspended.
    private static final long SUSPENDED = 10_000_000;

    private final Ticker ticker;
    private final Suspension suspension;
    private final long period;
    private final long least;
    private boolean ticking;
    private long tickedNanos;
    private long suspendedNanos;
    private @Nullable Pause last;

    /// @param period how often [#tick] is called
    /// @param least  the shortest pause, beyond `period`
    public Pauses(Ticker ticker, Suspension suspension, Duration period, Duration least) {
        this.ticker = ticker;
        this.suspension = suspension;
        this.period = period.toNanos();
        this.least = least.toNanos();
    }

    /// A sign of life.
    ///
    /// @return the last pause, perhaps one that this call has noticed; empty when there was none yet
    public synchronized Optional<Pause> tick() {
        look(true);
        return Optional.ofNullable(last);
    }

    /// As [#tick], from any thread and as often or as rarely as it likes.
    public synchronized Optional<Pause> last() {
        if (ticking) {
            look(false);
        }
        return Optional.ofNullable(last);
    }

    private void look(boolean tick) {
        long now = ticker.nanos();
        long suspended = suspension.totalNanos();
        long stood = ticking ? now - tickedNanos - period : 0;
        long asleep = ticking ? suspended - suspendedNanos : 0;
        boolean slept = asleep >= SUSPENDED;
        if (slept || stood >= least) {
            last = new Pause(now, Duration.ofNanos(Math.max(0, stood) + (slept ? asleep : 0)), slept);
        } else if (!tick) {
            return;
        }
        ticking = true;
        tickedNanos = now;
        suspendedNanos = suspended;
    }
}
