package dev.hacp.vip.address;

import dev.hacp.core.MacAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Another machine answers for a VIP that is ours: from its first claim until it leaves our questions unanswered. Counts
/// questions and not time alone, so that a pause of this process ends nothing.
final class Contest {

    /// How long a member may go on claiming before it counts as a conflict: an owner that was replaced while it was
    /// paused hears its successor before its election has told it so.
    static final Duration CONFIRM = Duration.ofSeconds(3);

    /// How to find out that it is over.
    private record Pace(long askEach, int questions, long answerWithin) {
        static Pace of(Duration askEach, int questions, Duration answerWithin) {
            return new Pace(askEach.toNanos(), questions, answerWithin.toNanos());
        }
    }

    private static final Pace IPV4 = Pace.of(Duration.ofSeconds(1), 3, Duration.ofMillis(500));
    // An answer over IPv6 goes to all nodes and overrides what they know (RFC 4861 7.2.4): only once its announcements
    // have stopped, and only one question.
    private static final Pace IPV6 = Pace.of(Strangers.ASK_AGAIN, 1, Duration.ofSeconds(2));

    private final Pace pace;
    private final long since;
    private int unanswered;
    private long next;
    private @Nullable MacAddress toldOf;

    Contest(boolean ipv6, long now) {
        pace = ipv6 ? IPV6 : IPV4;
        since = now;
        heard(now);
    }

    /// A claim, or an answer.
    void heard(long now) {
        unanswered = 0;
        next = now + pace.askEach;
    }

    /// A question has left.
    void asked(long now) {
        unanswered++;
        next = now + (unanswered < pace.questions ? pace.askEach : pace.answerWithin);
    }

    /// A question could not be sent: again later.
    void notAsked(long now) {
        next = now + pace.askEach;
    }

    boolean isConfirmed(long now) {
        return now - since >= CONFIRM.toNanos();
    }

    boolean isOver(long now) {
        return unanswered >= pace.questions && now - next >= 0;
    }

    boolean mustAsk(long now) {
        return unanswered < pace.questions && now - next >= 0;
    }

    /// When [#isOver] or [#mustAsk] will be true.
    long next() {
        return next;
    }

    /// An operator has been told that it is a conflict.
    void told(MacAddress by) {
        toldOf = by;
    }

    /// The machine that an operator has been told of; null when there was no need.
    @Nullable
    MacAddress toldOf() {
        return toldOf;
    }
}
