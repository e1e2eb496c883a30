package dev.hacp.leader.election;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The calls to the Lease API that have not been answered yet. Normally one; a second one goes out when the first hangs
/// and an answer is needed now.
final class Calls {

    enum Purpose {
        READ,
        TAKE,
        RENEW,
        RELEASE
    }

    /// @param purpose what the answer is for
    /// @param term    that a write was for
    record Call(long number, Purpose purpose, long term, long sentNanos) {}

    private static final int MOST = 6;

    private final Map<Long, Call> open = new LinkedHashMap<>();
    private long next = 1;
    private long lastSent;
    private long lastWriteDone = Long.MIN_VALUE;
    private boolean anySent;

    Call begin(Purpose purpose, long term, long now) {
        Call call = new Call(next++, purpose, term, now);
        open.put(call.number, call);
        lastSent = now;
        anySent = true;
        return call;
    }

    @Nullable
    Call end(long number, long now) {
        Call call = open.remove(number);
        if (call != null && call.purpose != Purpose.READ) {
            lastWriteDone = now;
        }
        return call;
    }

    /// The oldest open write that asked for this term; null when there is none.
    @Nullable
    Call oldestFor(long term) {
        for (Call call : open.values()) {
            if ((call.purpose == Purpose.TAKE || call.purpose == Purpose.RENEW) && call.term == term) {
                return call;
            }
        }
        return null;
    }

    /// Whether the answer to this read may be older than what a write has told us since.
    boolean isOutdated(Call read) {
        return lastWriteDone != Long.MIN_VALUE && read.sentNanos - lastWriteDone <= 0;
    }

    /// Whether another call may go out now: none is open, or the newest has hung for `patience`.
    boolean mayBegin(long now, long patience) {
        return open.isEmpty() || (open.size() < MOST && now - lastSent >= patience);
    }

    /// Whether a call has not been answered for that long.
    boolean hangs(long now, long patience) {
        return open.values().stream().anyMatch(call -> now - call.sentNanos >= patience);
    }

    /// Since the newest call went out.
    long sinceLastSent(long now) {
        return anySent ? now - lastSent : Long.MAX_VALUE;
    }
}
