package dev.hacp.lb.relay;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.frontend.Admission;
import dev.hacp.lb.frontend.KeepAlive;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.frontend.Listener;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The relay's inner step over two loopback connections: a client's bytes are in the one socket, the leg moves them to the
/// other one, by copy or (with `splice`, from 16 KB on) through a pipe. `floor` is the same without the leg, one
/// connection fewer: what the far ends' own two system calls cost. All on the loop's thread, as in production.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RelayStepBenchmark {

    private static final int STEPS = 1000;

    @Param({"100", "16384", "65536"})
    public int size;

    @Param({"true", "false"})
    public boolean splice;

    private MultiThreadIoEventLoopGroup group;
    private IoEventLoop eventLoop;
    private RelayLoop loop;
    private Listener listener;
    private Connection connection;
    private Pair client;
    private Pair server;
    private Pair direct;
    private ByteBuffer buffer;
    private long address;

    @Setup
    public void connect() throws Exception {
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        eventLoop = group.next();
        buffer = ByteBuffer.allocateDirect(size);
        address = Buffer.memoryAddress(buffer);
        BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());
        pool.update(List.of(BackendSpec.of(new HostPort("127.0.0.1", 6443))));
        loop = new RelayLoop("benchmark", eventLoop, pool, RelayConfig.DEFAULT.withSplice(splice),
                new Admission(Limits.NONE, 100, Ticker.system()));
        eventLoop.submit(() -> {
            client = new Pair();
            server = new Pair();
            direct = new Pair();
            listener = Listener.open(eventLoop, Listen.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                    KeepAlive.DEFAULT, (fd, from, by) -> {});
            connection = new Connection(loop, listener, client.near.intValue(), client.far.localAddress(), null, 6443);
            connection.client().connected();
            connection.established(pool.members().getFirst(), new Leg(connection, server.near));
            return true;
        }).get();
    }

    @TearDown
    public void close() throws Exception {
        eventLoop.submit(() -> {
            connection.end(Ending.STOPPED, true);
            loop.close();
            listener.close();
            client.far.close();
            server.far.close();
            direct.near.close();
            direct.far.close();
            return true;
        }).get();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    @Benchmark
    @OperationsPerInvocation(STEPS)
    public boolean step() throws Exception {
        return eventLoop.submit(() -> {
            for (int i = 0; i < STEPS; i++) {
                write(client.far);
                for (int got = 0; got < size;) {
                    connection.client().readable();
                    connection.client().pump();
                    got += read(server.far, size - got);
                }
            }
            return true;
        }).get();
    }

    @Benchmark
    @OperationsPerInvocation(STEPS)
    public boolean floor() throws Exception {
        return eventLoop.submit(() -> {
            for (int i = 0; i < STEPS; i++) {
                write(direct.far);
                for (int got = 0; got < size;) {
                    got += read(direct.near, size - got);
                }
            }
            return true;
        }).get();
    }

    private void write(LinuxSocket to) throws IOException {
        for (int sent = 0; sent < size;) {
            sent += to.writeAddress(address, sent, size);
        }
    }

    private int read(Socket from, int most) throws IOException {
        int n = from.readAddress(address, 0, most);
        if (n < 0) {
            throw new IOException("the connection has ended");
        }
        return n;
    }

    /// The two ends of a connection.
    private static final class Pair {

        final LinuxSocket far = LinuxSocket.newSocketStream(SocketProtocolFamily.INET);
        final Socket near;

        Pair() throws IOException {
            LinuxSocket listener = LinuxSocket.newSocketStream(SocketProtocolFamily.INET);
            try {
                listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                listener.listen(1);
                far.connect(listener.localAddress());
                byte[] peer = new byte[32];
                int fd = listener.accept(peer);
                while (fd < 0) {
                    Thread.onSpinWait();
                    fd = listener.accept(peer);
                }
                near = new Socket(fd);
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
            } finally {
                listener.close();
            }
        }
    }
}
