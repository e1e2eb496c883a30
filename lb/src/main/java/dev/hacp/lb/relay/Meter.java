package dev.hacp.lb.relay;

import java.util.concurrent.atomic.AtomicLong;

/// Counts the bytes of one VIP on one loop. Only that loop writes, so that counting is a plain addition; anybody reads.
final class Meter {

    private final AtomicLong received = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();

    void received(long bytes) {
        received.setOpaque(received.getPlain() + bytes);
    }

    void sent(long bytes) {
        sent.setOpaque(sent.getPlain() + bytes);
    }

    Traffic read() {
        return new Traffic(received.getOpaque(), sent.getOpaque());
    }
}
