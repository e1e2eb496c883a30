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
        RELEASE,
        /// A write of this member's own Lease, to see whether writes are stored at all.
        TRY
    }

    /// @param purpose what the answer is for
    /// @param term    that a write was for
    record Call(long number, Purpose purpose, long term, long sentNanos) {

        /// What the stored record says it by, see [LeaseRecord#WRITE].
        String mark() {
            return Long.toString(number);
        }
    }

    private static final int MOST = 6;

    private final Map<Long, Call> open = new LinkedHashMap<>();
    private long next = 1;
    /// Beside the others: it says nothing of the Lease and keeps nothing waiting.
    private @Nullable Call trying;
    private long lastSent;
    /// The number of the first call that went out after the newest answer to a write.
    private long firstAfterWrite;
    private boolean anySent;

    Call begin(Purpose purpose, long term, long now) {
        Call call = new Call(next++, purpose, term, now);
        if (purpose == Purpose.TRY) {
            trying = call;
            return call;
        }
        open.put(call.number, call);
        lastSent = now;
        anySent = true;
        return call;
    }

    @Nullable
    Call end(long number) {
        Call tried = trying;
        if (tried != null && tried.number == number) {
            trying = null;
            return tried;
        }
        Call call = open.remove(number);
        if (call != null && call.purpose != Purpose.READ) {
            firstAfterWrite = next;
        }
        return call;
    }

    /// The open write that carries this mark; null when there is none.
    @Nullable
    Call marked(String mark) {
        for (Call call : open.values()) {
            if ((call.purpose == Purpose.TAKE || call.purpose == Purpose.RENEW) && call.mark().equals(mark)) {
                return call;
            }
        }
        return null;
    }

    /// Whether the answer to this read may be older than what a write has told us since.
    boolean isOutdated(Call read) {
        return read.number < firstAfterWrite;
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
