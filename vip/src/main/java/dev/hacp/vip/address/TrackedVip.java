package dev.hacp.vip.address;

import dev.hacp.core.MacAddress;
import dev.hacp.core.RateLimit;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.announce.AnnouncementSchedule;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What `hacp-vip` knows about one VIP.
final class TrackedVip {

    /// How long a claim that nobody repeated is still shown.
    private static final Duration CONFLICT_SHOWN = Duration.ofMinutes(1);

    /// RFC 5227 1.1: the least time between two defences of the same address.
    private static final Duration DEFEND_INTERVAL = Duration.ofSeconds(10);

    final VirtualIp vip;
    final AnnouncementSchedule schedule;
    final RateLimit defence = new RateLimit(DEFEND_INTERVAL);
    final RateLimit conflictLog = new RateLimit(Duration.ofMinutes(1));
    final RateLimit memberLog = new RateLimit(Duration.ofMinutes(1));
    /// Announcing as after a takeover because another machine has stopped to claim it.
    final RateLimit recovery = new RateLimit(Duration.ofMinutes(1));
    final RateLimit failureLog = new RateLimit(Duration.ofMinutes(1));
    /// Another program made our address its own.
    final RateLimit replacedLog = new RateLimit(Duration.ofMinutes(1));
    boolean held;
    /// Why the kernel refuses it, and since when; empty while it does not.
    String putProblem = "";
    long putFailsSince;
    @Nullable
    Instant lastAnnounced;
    /// While another machine claims it and it is ours.
    @Nullable
    Contest contest;
    private @Nullable MacAddress conflict;
    private long conflictAt;

    TrackedVip(VirtualIp vip, Duration garpInterval) {
        this.vip = vip;
        this.schedule = new AnnouncementSchedule(garpInterval);
    }

    void claimedBy(MacAddress mac, long now) {
        conflict = mac;
        conflictAt = now;
    }

    @Nullable
    MacAddress conflict(long now) {
        if (conflict != null && now - conflictAt > CONFLICT_SHOWN.toNanos()) {
            conflict = null;
        }
        return conflict;
    }
}
