package dev.hacp.lb.relay;

import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pipes of one loop. All pools together stay under what an unprivileged user may have (fs.pipe-user-pages-soft is
/// 64 MB; beyond it pipes shrink to two pages): past the cap, or when the kernel says no, the relay copies.
final class PipePool {

    static final Logger log = LoggerFactory.getLogger(PipePool.class);

    /// Measured best with HAProxy and with us: fewer, larger splices.
    static final int PIPE_BYTES = 512 * 1024;
    /// Files that pipes may take, for the check of nofile.
    static final int MOST_PIPES = 120;

    private static final int F_SETPIPE_SZ = 1031;
    private static final int LEAST_BYTES = 64 * 1024;
    private static final int MOST_IDLE = 16;
    private static final AtomicInteger open = new AtomicInteger();
    private static volatile boolean refused;

    private final ArrayDeque<Pipe> idle = new ArrayDeque<>(MOST_IDLE);

    /// An empty pipe, or null: copy then.
    @Nullable
    Pipe take() {
        Pipe pipe = idle.pollFirst();
        return pipe != null ? pipe : create();
    }

    void giveBack(Pipe pipe) {
        if (pipe.bytes == 0 && idle.size() < MOST_IDLE) {
            idle.addFirst(pipe);
        } else {
            discard(pipe);
        }
    }

    /// Leftover bytes of a reset connection are dropped.
    void discard(Pipe pipe) {
        pipe.close();
        open.decrementAndGet();
    }

    void close() {
        while (!idle.isEmpty()) {
            discard(idle.removeFirst());
        }
    }

    private static @Nullable Pipe create() {
        if (refused || open.incrementAndGet() > MOST_PIPES) {
            if (!refused) {
                open.decrementAndGet();
            }
            return null;
        }
        try {
            FileDescriptor[] ends = FileDescriptor.pipe();
            Pipe pipe = new Pipe(ends[0], ends[1]);
            try {
                if (Libc.fcntl(pipe.in.intValue(), F_SETPIPE_SZ, PIPE_BYTES) >= LEAST_BYTES) {
                    return pipe;
                }
            } catch (LinuxException e) {
                refused = true;
                log.info("bulk is copied, not spliced: the kernel refuses pipes of {} KB ({}); "
                        + "raise fs.pipe-max-size or fs.pipe-user-pages-soft", PIPE_BYTES / 1024, e.getMessage());
            }
            pipe.close();
        } catch (IOException e) {
            log.debug("no pipe: {}", e.getMessage());
        }
        open.decrementAndGet();
        return null;
    }
}
