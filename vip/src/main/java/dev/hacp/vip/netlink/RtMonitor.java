package dev.hacp.vip.netlink;

import dev.hacp.core.linux.Errno;
import dev.hacp.core.linux.LinuxException;
import java.time.Duration;
import java.util.function.Consumer;

/// A subscription to address and link changes of the namespace of the thread that opens it.
public final class RtMonitor implements AutoCloseable {

    private static final int RTMGRP_LINK = 1;
    private static final int RTMGRP_IPV4_IFADDR = 0x10;
    private static final int RTMGRP_IPV6_IFADDR = 0x100;

    private final NetlinkSocket socket;

    private RtMonitor(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// @param patience how long one [#await] blocks at most: a blocked receive is not woken by a close
    public static RtMonitor open(Duration patience) throws LinuxException {
        return new RtMonitor(
                new NetlinkSocket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, patience));
    }

    /// Waits for the next changes and hands them over on this thread; returns without any when the patience is over.
    public void await(Consumer<NetlinkEvent> consumer) throws LinuxException {
        try {
            socket.receive(message -> {
                NetlinkDecoder.event(message.type(), message.payload()).ifPresent(consumer);
                return false;
            });
        } catch (LinuxException e) {
            switch (e.errno()) {
                case Errno.ENOBUFS -> consumer.accept(new NetlinkEvent.Overrun());
                case Errno.EAGAIN, Errno.EINTR -> {
                    // Nothing happened.
                }
                default -> throw e;
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
