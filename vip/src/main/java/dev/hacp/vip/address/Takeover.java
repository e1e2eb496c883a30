package dev.hacp.vip.address;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/// The pace of one attempt to take the VIPs: where nobody of this cluster is known to have had them the LAN is asked
/// twice and listened to (RFC 5227 2.1, shortened: a failover cannot wait for seconds); then they are claimed, again and
/// again until the patience is over.
final class Takeover {

    static final Duration PROBE_WAIT = Duration.ofMillis(250);
    static final Duration PROBE_REPEAT = Duration.ofMillis(100);
    static final Duration RETRY = Duration.ofMillis(50);
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private enum Stage {
        ASKING,
        LISTENING,
        CLAIMING
    }

    final CompletableFuture<Void> promise = new CompletableFuture<>();
    private Stage stage;
    private long next;
    private long listenUntil;
    private long giveUpAt;

    Takeover(boolean mustAsk, long now) {
        stage = mustAsk ? Stage.ASKING : Stage.CLAIMING;
        next = now;
        giveUpAt = now + PATIENCE.toNanos();
    }

    /// Whether an answer now is one to our question.
    boolean isAsking() {
        return stage != Stage.CLAIMING;
    }

    boolean isDue(long now) {
        return now - next >= 0;
    }

    long next() {
        return next;
    }

    /// Goes on with what is due.
    ///
    /// @param ask asks the LAN, and says whether the questions left
    /// @return whether the VIPs are to be claimed now
    boolean step(BooleanSupplier ask, long now) {
        return switch (stage) {
            case ASKING -> {
                if (ask.getAsBoolean()) {
                    stage = Stage.LISTENING;
                    listenUntil = now + PROBE_WAIT.toNanos();
                    next = now + PROBE_REPEAT.toNanos();
                    yield false;
                }
                // The wire is just being opened, and an unasked question has no answer. A claim says what is wrong with it.
                next = now + RETRY.toNanos();
                yield now - giveUpAt >= 0;
            }
            case LISTENING -> {
                if (now - listenUntil < 0) {
                    boolean repeated = ask.getAsBoolean();
                    next = repeated ? listenUntil : Math.min(listenUntil, now + RETRY.toNanos());
                    yield false;
                }
                stage = Stage.CLAIMING;
                giveUpAt = now + PATIENCE.toNanos();
                yield true;
            }
            case CLAIMING -> true;
        };
    }

    /// The claim has failed.
    ///
    /// @return whether it is tried again
    boolean mayRetry(long now) {
        next = now + RETRY.toNanos();
        return now - giveUpAt < 0;
    }
}
