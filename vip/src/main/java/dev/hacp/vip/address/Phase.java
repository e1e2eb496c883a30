package dev.hacp.vip.address;

import java.util.concurrent.CompletableFuture;

/// Where this node is between not having the VIPs and having them.
sealed interface Phase {

    /// The VIPs are not ours; any that is here is a leftover.
    record Idle() implements Phase {}

    record Taking(Takeover takeover) implements Phase {}

    final class Holding implements Phase {
        long rearmAt;

        Holding(long now) {
            rearmAt = now + AddressMachine.REARM.toNanos();
        }
    }

    final class Leaving implements Phase {
        final CompletableFuture<Void> promise = new CompletableFuture<>();
        final long giveUpAt;
        long next;

        Leaving(long now) {
            giveUpAt = now + Takeover.PATIENCE.toNanos();
            next = now;
        }
    }
}
