package dev.hacp.leader.probe;

import dev.hacp.leader.members.KernelState;

/// Judges one member's kernel by the probes that were sent to it. No I/O; times are the ticker's nanoseconds.
///
/// Silence is measured from the sending of the newest answered probe, so an answer that took long to arrive makes nobody
/// look well. It is counted in *probing time*: a clock that stops [#cap] after the last probe was sent. While this process
/// was paused it asked nothing, and an unanswered question says nothing of the time after which it was not repeated.
/// Hence the rules, whatever stalled:
/// - A pause of any length adds less than two intervals of silence. A member that answered up to it needs more than two
///   unanswered probes after it to be late.
/// - [#LEAST] probes in a row must be unanswered, each for half an interval at least: one or two lost packets, and a probe
///   that left only just now, say nothing.
/// - The caller drains the sockets before each judgement: what the kernel received during the pause counts.
final class ProbeWindow {

    static final int LEAST = 3;
    /// Probes that can still be answered: 10 s at 20 ms.
    private static final int RING = 512;

    private final long interval;
    private final long late;
    private final long silent;
    private final long[] sentAt = new long[RING];
    private final long[] probing = new long[RING];
    private final boolean[] isAnswered = new boolean[RING];
    private long next;
    private long newestAnswered = -1;
    private long answered;

    ProbeWindow(KernelProbe.Timing timing) {
        interval = timing.interval().toNanos();
        late = timing.late().toNanos();
        silent = timing.silent().toNanos();
    }

    /// A probe leaves now.
    ///
    /// @return its number, counted from 0
    long sent(long now) {
        int at = index(next);
        probing[at] = next == 0 ? 0 : probingTime(now);
        sentAt[at] = now;
        isAnswered[at] = false;
        return next++;
    }

    /// An answer to probe `number` was received.
    ///
    /// @return whether it is the first to that probe, and the probe is still known
    boolean answered(long number) {
        if (number < 0 || number >= next || number < next - RING || isAnswered[index(number)]) {
            return false;
        }
        isAnswered[index(number)] = true;
        answered++;
        newestAnswered = Math.max(newestAnswered, number);
        return true;
    }

    /// The number of the probe whose lowest 16 bits are `low`; it may be one that was never sent.
    long number(int low) {
        return next - 1 - ((next - 1 - low) & 0xffff);
    }

    /// When probe `number` was sent; it must have been [#answered] just now.
    long sentAt(long number) {
        return sentAt[index(number)];
    }

    /// What the probes say. All sockets must have been drained.
    KernelState judge(long now) {
        if (newestAnswered < 0) {
            return KernelState.UNPROVEN;
        }
        if (overdue(now) < LEAST) {
            return KernelState.ANSWERING;
        }
        long silence = silence(now);
        if (silence >= silent) {
            return KernelState.SILENT;
        }
        return silence >= late ? KernelState.LATE : KernelState.ANSWERING;
    }

    /// When [#judge] can say something worse without another probe; Long.MAX_VALUE when it cannot.
    long worseAt(long now) {
        if (newestAnswered < 0 || overdue(now) < LEAST - 1) {
            return Long.MAX_VALUE;
        }
        long silence = silence(now);
        long rest = silence < late ? late - silence : silent - silence;
        long newest = sentAt[index(next - 1)];
        long at = overdue(now) < LEAST ? Math.max(now + Math.max(0, rest), newest + interval / 2) : now + rest;
        return (rest <= 0 && overdue(now) >= LEAST) || at - newest > cap() ? Long.MAX_VALUE : at;
    }

    /// Unanswered probes after the newest answered one that had time to be answered.
    long overdue(long now) {
        long unanswered = next - 1 - newestAnswered;
        return unanswered > 0 && now - sentAt[index(next - 1)] < interval / 2 ? unanswered - 1 : unanswered;
    }

    long sent() {
        return next;
    }

    long answered() {
        return answered;
    }

    private long silence(long now) {
        if (newestAnswered < next - RING) {
            return Long.MAX_VALUE;
        }
        return probingTime(now) - probing[index(newestAnswered)];
    }

    /// The probing time at `now`, not before the newest probe.
    private long probingTime(long now) {
        int newest = index(next - 1);
        return probing[newest] + Math.min(now - sentAt[newest], cap());
    }

    private long cap() {
        return interval * 3 / 2;
    }

    private static int index(long number) {
        return (int) (number & (RING - 1));
    }
}
