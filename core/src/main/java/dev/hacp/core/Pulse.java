package dev.hacp.core;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The sign of life of one loop: the loop itself beats, at least every [#PERIOD]; a watcher looks whether the count
/// has moved. Before its first beat, and after its orderly end, a loop owes none.
public final class Pulse {

    /// The longest time between two beats of a loop that turns.
    public static final Duration PERIOD = Duration.ofSeconds(1);

    private final String loop;
    private final AtomicLong beats = new AtomicLong();
    private volatile @Nullable Thread thread;
    private volatile boolean ended;

    /// @param loop as the thread is named
    public Pulse(String loop) {
        this.loop = loop;
    }

    /// On the loop.
    public void beat() {
        if (thread == null) {
            thread = Thread.currentThread();
        }
        beats.incrementAndGet();
    }

    /// The loop ends as it should. Any thread.
    public void end() {
        ended = true;
    }

    public String loop() {
        return loop;
    }

    /// How often it has beaten.
    public long beats() {
        return beats.get();
    }

    /// Whether a loop that does not beat is one that hangs.
    public boolean isOwed() {
        return !ended && beats.get() > 0;
    }

    /// Whose stack tells where it hangs; empty before the first beat.
    public Optional<Thread> thread() {
        return Optional.ofNullable(thread);
    }
}
