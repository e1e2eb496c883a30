package dev.hacp.agent.composition;

import dev.hacp.core.Pulse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the pulse of each loop once a second, on a thread of its own (`hacp-watch`) that waits for nobody. A loop hangs
/// when it has not beaten between [#PATIENCE] looks in a row.
///
/// Looks are counted and no clock is read: while the process is stopped, swapped out or suspended nobody looks either, so
/// that afterwards each loop has all its time again, and no probe restarts an agent for having been paused.
final class LoopWatch implements AutoCloseable {

    /// Longer than any garbage collection or overloaded node, shorter than the Lease.
    static final int PATIENCE = 10;

    private static final Logger log = LoggerFactory.getLogger("hacp");

    private final Supplier<List<Pulse>> loops;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile List<String> hung = List.of();
    /// On the watching thread.
    private Map<Pulse, Seen> seen = Map.of();

    /// @param looks since the pulse has moved
    private record Seen(long beats, int looks) {}

    /// @param loops those that there are by now; must not block
    LoopWatch(Supplier<List<Pulse>> loops) {
        this.loops = loops;
    }

    void start() {
        Thread.ofPlatform().name("hacp-watch").daemon().start(() -> {
            try {
                while (!closed.await(Pulse.PERIOD.toNanos(), TimeUnit.NANOSECONDS)) {
                    look();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /// One look; called by tests that own the time.
    void look() {
        Map<Pulse, Seen> now = new HashMap<>();
        List<String> hanging = new ArrayList<>();
        List<Pulse> told = new ArrayList<>();
        for (Pulse pulse : loops.get()) {
            if (!pulse.isOwed()) {
                continue;
            }
            Seen before = seen.get(pulse);
            long beats = pulse.beats();
            int looks = before == null || before.beats() != beats ? 0 : before.looks() + 1;
            now.put(pulse, new Seen(beats, looks));
            if (looks >= PATIENCE) {
                hanging.add(pulse.loop() + " has not run for " + looks + " s");
            }
            if (looks == PATIENCE) {
                told.add(pulse);
            }
        }
        seen = now;
        // Before it is logged: a log that blocks must not hide it.
        hung = List.copyOf(hanging);
        told.forEach(LoopWatch::tell);
    }

    private static void tell(Pulse pulse) {
        log.error("{} has not run for {} s; /healthz fails; its stack:", pulse.loop(), PATIENCE,
                whereabouts(pulse.thread().orElse(null)));
    }

    /// As a trace, which is how a log shows a stack.
    private static Throwable whereabouts(@Nullable Thread thread) {
        Throwable stack = new IllegalStateException("the loop hangs");
        stack.setStackTrace(thread == null ? new StackTraceElement[0] : thread.getStackTrace());
        return stack;
    }

    /// One sentence per loop that hangs.
    List<String> hung() {
        return hung;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
