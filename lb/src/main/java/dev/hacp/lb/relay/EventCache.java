package dev.hacp.lb.relay;

import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.Native;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;

/// Netty keeps ready-made event objects for single flags only (4.2.18, EpollIoOps.EVENTS); a socket registered once for
/// everything mostly reports IN and OUT together, which costs 32 bytes each time. Its table has room for these too.
final class EventCache {

    private static final int[] COMMON = {Native.EPOLLIN | Native.EPOLLOUT, Native.EPOLLIN | Native.EPOLLRDHUP,
            Native.EPOLLIN | Native.EPOLLOUT | Native.EPOLLRDHUP};

    private EventCache() {}

    /// Does nothing where Netty looks different inside: then events are allocated, which is slower but right.
    static void fill() {
        try {
            Field field = EpollIoOps.class.getDeclaredField("EVENTS");
            field.setAccessible(true);
            Method eventOf = EpollIoOps.class.getDeclaredMethod("eventOf", int.class);
            eventOf.setAccessible(true);
            Object[] events = (Object[]) field.get(null);
            for (int flags : COMMON) {
                if (flags < events.length && events[flags] == null) {
                    events[flags] = eventOf.invoke(null, flags);
                }
            }
        } catch (ReflectiveOperationException | InaccessibleObjectException | ArrayStoreException e) {
            RelayLoop.log.debug("events are allocated one by one: {}", e.toString());
        }
    }
}
