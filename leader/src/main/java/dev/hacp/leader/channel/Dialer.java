package dev.hacp.leader.channel;

import dev.hacp.core.HostPort;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Tries one address again and again while a connection is wanted there: at once after a loss, then after 20 ms to 1 s,
/// half of it at random. Lives on the channel's event loop.
final class Dialer {

    private static final Duration LEAST_PAUSE = Duration.ofMillis(20);
    private static final Duration MOST_PAUSE = Duration.ofSeconds(1);

    interface Target {

        HostPort address();

        boolean wanted();

        void refused();
    }

    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final Target target;
    private @Nullable Channel attempt;
    private @Nullable Future<?> next;
    private Duration pause = LEAST_PAUSE;
    private boolean stopped;

    /// @param bootstrap makes a channel that closes by itself when it is of no use, within a bounded time
    Dialer(EventLoop loop, Bootstrap bootstrap, Target target) {
        this.loop = loop;
        this.bootstrap = bootstrap;
        this.target = target;
    }

    /// Now, whatever pause was due; no effect while an attempt is under way.
    void now() {
        pause = LEAST_PAUSE;
        if (next != null) {
            next.cancel(false);
            next = null;
        }
        dial();
    }

    void stop() {
        stopped = true;
        if (next != null) {
            next.cancel(false);
        }
        if (attempt != null && target.wanted()) {
            attempt.close();
        }
    }

    private void dial() {
        assert loop.inEventLoop();
        if (stopped || attempt != null || !target.wanted()) {
            return;
        }
        HostPort address = target.address();
        Optional<InetAddress> literal = address.literal();
        InetSocketAddress remote = literal.map(ip -> new InetSocketAddress(ip, address.port()))
                .orElseGet(() -> InetSocketAddress.createUnresolved(address.host(), address.port()));
        ChannelFuture connecting = bootstrap.connect(remote);
        attempt = connecting.channel();
        connecting.addListener(done -> {
            Throwable cause = connecting.cause();
            if (cause != null && String.valueOf(cause.getMessage()).contains("refused")) {
                target.refused();
            }
        });
        attempt.closeFuture().addListener(closed -> {
            attempt = null;
            again();
        });
    }

    private void again() {
        if (!stopped && next == null && target.wanted()) {
            long most = pause.toNanos();
            next = loop.schedule(() -> {
                next = null;
                dial();
            }, ThreadLocalRandom.current().nextLong(most / 2, most + 1), TimeUnit.NANOSECONDS);
            pause = pause.multipliedBy(2).compareTo(MOST_PAUSE) > 0 ? MOST_PAUSE : pause.multipliedBy(2);
        }
    }
}
