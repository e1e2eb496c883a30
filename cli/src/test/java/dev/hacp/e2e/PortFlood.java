package dev.hacp.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Connects again and again and says nothing, or one ClientHello, and keeps each connection until the other side ends it.
/// Bounded in rate, time and connections open.
///
/// @param sources  addresses to connect from, in turns
/// @param greeting sent as soon as connected; may be empty
record PortFlood(List<InetAddress> sources, InetSocketAddress target, int perSecond, Duration length,
        ByteBuffer greeting) {

    private static final int MOST_OPEN = 3000;

    /// @param tried    connects begun
    /// @param answered reads that brought something
    record Outcome(int tried, int answered, int ended, int mostOpen) {}

    /// In the namespace of the caller's thread.
    Outcome run() throws IOException {
        Deque<SocketChannel> open = new ArrayDeque<>();
        int tried = 0;
        int answered = 0;
        int ended = 0;
        int mostOpen = 0;
        ByteBuffer in = ByteBuffer.allocate(8192);
        try (Selector selector = Selector.open()) {
            long begun = System.nanoTime();
            long passed = 0;
            while (passed < length.toNanos()) {
                int due = (int) (passed / 1e9 * perSecond);
                // A thread that was late does not make up for all of it at once.
                for (int burst = 0; tried < due && burst < 200; burst++) {
                    open.addLast(connect(selector, sources.get(tried % sources.size())));
                    tried++;
                }
                while (open.size() > MOST_OPEN) {
                    open.removeFirst().close();
                }
                mostOpen = Math.max(mostOpen, open.size());
                selector.select(5);
                for (SelectionKey key : selector.selectedKeys()) {
                    SocketChannel channel = (SocketChannel) key.channel();
                    try {
                        if (key.isConnectable() && channel.finishConnect()) {
                            channel.write(greeting.duplicate());
                            key.interestOps(SelectionKey.OP_READ);
                        } else if (key.isReadable()) {
                            if (channel.read(in.clear()) < 0) {
                                ended++;
                                channel.close();
                            } else {
                                answered++;
                            }
                        }
                    } catch (IOException e) {
                        ended++;
                        channel.close();
                    }
                }
                selector.selectedKeys().clear();
                open.removeIf(channel -> !channel.isOpen());
                passed = System.nanoTime() - begun;
            }
        } finally {
            for (SocketChannel channel : open) {
                channel.close();
            }
        }
        return new Outcome(tried, answered, ended, mostOpen);
    }

    private SocketChannel connect(Selector selector, InetAddress source) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.bind(new InetSocketAddress(source, 0));
        channel.register(selector, SelectionKey.OP_CONNECT);
        try {
            channel.connect(target);
        } catch (IOException e) {
            channel.close();
        }
        return channel;
    }
}
