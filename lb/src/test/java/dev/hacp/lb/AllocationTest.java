package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.relay.RelayConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// In steady state the loop allocates nothing per buffer that it relays.
class AllocationTest {

    private static final int WARM = 2_000;
    private static final int EXCHANGES = 20_000;
    /// The loop's tick and the like; far below one object (16 bytes) per buffer.
    private static final double MOST_PER_BUFFER = 4;

    @ParameterizedTest
    @CsvSource({"100,true", "5000,true", "60000,true", "60000,false"})
    void aRelayedBufferCostsNoAllocation(int size, boolean splice) throws Exception {
        try (EchoServer server = new EchoServer();
                RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT.withSplice(splice), 1,
                        server.port());
                Socket client = running.dial()) {
            client.setTcpNoDelay(true);
            byte[] bytes = new byte[size];
            int exchanges = size > 10_000 ? EXCHANGES / 4 : EXCHANGES;
            exchange(client, bytes, Math.min(WARM, exchanges));
            long before = allocated();
            exchange(client, bytes, exchanges);
            double perBuffer = (allocated() - before) / (2.0 * exchanges);
            assertThat(perBuffer).isLessThan(MOST_PER_BUFFER);
        }
    }

    private static void exchange(Socket client, byte[] bytes, int times) throws IOException {
        OutputStream out = client.getOutputStream();
        InputStream in = client.getInputStream();
        for (int i = 0; i < times; i++) {
            out.write(bytes);
            assertThat(in.readNBytes(bytes, 0, bytes.length)).isEqualTo(bytes.length);
        }
    }

    private static long allocated() {
        long sum = 0;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("hacp-relay")) {
                sum += threads.getThreadAllocatedBytes(thread.threadId());
            }
        }
        return sum;
    }
}
