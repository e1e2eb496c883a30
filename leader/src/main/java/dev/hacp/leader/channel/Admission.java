package dev.hacp.leader.channel;

import dev.hacp.core.IpAddresses;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// Which connections may begin a TLS handshake on the member port. A handshake costs 1 to 3 ms of a processor and 7 KB, so
/// it is given sparingly to strangers, that is, to addresses where no member is; each member's address has an allowance of
/// its own that no stranger can use up. Only connections that have not authenticated count.
///
/// For one thread, except [#counters()].
final class Admission {

    static final int MOST_STRANGERS = 16;
    static final int MOST_PER_SOURCE = 4;
    /// 3 % of a processor at most. Enough for members that start before this one has read their member Leases.
    static final int STRANGERS_PER_SECOND = 10;
    /// Per member at the address. A dialer has one attempt open at a time; the rest is for those that a cut left behind.
    static final int MOST_PER_MEMBER = 4;
    /// A dialer makes seven attempts in its first second and one a second afterwards. Pods may come from their node's
    /// address (SNAT), so a member's allowance is limited as well.
    static final int MEMBER_PER_SECOND = 20;

    sealed interface Decision {}

    record Admitted(Slot slot) implements Decision {}

    record Rejected(Rejection reason) implements Decision {}

    /// Held by a connection until it has authenticated or is closed.
    final class Slot {
        private final InetAddress source;
        private final boolean member;
        private boolean released;

        private Slot(InetAddress source, boolean member) {
            this.source = source;
            this.member = member;
        }

        boolean isMember() {
            return member;
        }

        /// The second time without effect.
        void release() {
            if (!released) {
                released = true;
                (member ? openOfMembers : openOfStrangers).computeIfPresent(source, (s, n) -> n == 1 ? null : n - 1);
                strangers -= member ? 0 : 1;
                unauthenticated.decrementAndGet();
            }
        }
    }

    private final Map<InetAddress, Integer> openOfMembers = new HashMap<>();
    private final Map<InetAddress, Integer> openOfStrangers = new HashMap<>();
    private final Map<InetAddress, Pace> paces = new HashMap<>();
    private final Pace strangersPace = new Pace(STRANGERS_PER_SECOND, MOST_STRANGERS);
    private final AtomicInteger unauthenticated = new AtomicInteger();
    private final Map<Rejection, LongAdder> rejected = new EnumMap<>(Rejection.class);
    private Map<InetAddress, Integer> members = Map.of();
    private int strangers;

    Admission() {
        for (Rejection reason : Rejection.values()) {
            rejected.put(reason, new LongAdder());
        }
    }

    /// @param addresses where members are, and how many at each
    void members(Map<InetAddress, Integer> addresses) {
        members = Map.copyOf(addresses);
        paces.keySet().retainAll(members.keySet());
    }

    Decision admit(InetAddress from, long nowNanos) {
        int here = members.getOrDefault(from, 0);
        Decision decision = here > 0 ? ofMember(from, here, nowNanos) : ofStranger(source(from), nowNanos);
        switch (decision) {
            case Admitted _ -> unauthenticated.incrementAndGet();
            case Rejected(Rejection reason) -> rejected.get(reason).increment();
        }
        return decision;
    }

    private Decision ofMember(InetAddress source, int here, long now) {
        Pace pace = paces.computeIfAbsent(source, s -> new Pace(MEMBER_PER_SECOND, MEMBER_PER_SECOND));
        if (openOfMembers.getOrDefault(source, 0) >= here * MOST_PER_MEMBER || !pace.take(here, now)) {
            return new Rejected(Rejection.MEMBER);
        }
        openOfMembers.merge(source, 1, Integer::sum);
        return new Admitted(new Slot(source, true));
    }

    private Decision ofStranger(InetAddress source, long now) {
        if (openOfStrangers.getOrDefault(source, 0) >= MOST_PER_SOURCE) {
            return new Rejected(Rejection.SOURCE);
        }
        if (strangers >= MOST_STRANGERS || !strangersPace.take(1, now)) {
            return new Rejected(Rejection.STRANGERS);
        }
        strangers++;
        openOfStrangers.merge(source, 1, Integer::sum);
        return new Admitted(new Slot(source, false));
    }

    /// A machine with IPv6 usually has a whole /64 to send from.
    private static InetAddress source(InetAddress from) {
        byte[] raw = from.getAddress();
        if (raw.length == 16) {
            Arrays.fill(raw, 8, 16, (byte) 0);
            return IpAddresses.of(raw);
        }
        return from;
    }

    /// Of any thread.
    PortCounters counters() {
        Map<Rejection, Long> sums = new EnumMap<>(Rejection.class);
        rejected.forEach((reason, count) -> sums.put(reason, count.sum()));
        return new PortCounters(unauthenticated.get(), sums);
    }

    /// A token bucket.
    private static final class Pace {
        private final int perSecond;
        private final int burst;
        private double tokens;
        private boolean begun;
        private long last;

        Pace(int perSecond, int burst) {
            this.perSecond = perSecond;
            this.burst = burst;
        }

        /// @param times how many shares of the pace there are
        boolean take(int times, long now) {
            double more = begun ? (now - last) / 1e9 * perSecond * times : burst * times;
            tokens = Math.min(burst * times, tokens + more);
            begun = true;
            last = now;
            if (tokens < 1) {
                return false;
            }
            tokens--;
            return true;
        }
    }
}
