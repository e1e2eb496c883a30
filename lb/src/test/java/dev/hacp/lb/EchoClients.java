package dev.hacp.lb;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Clients as kubelets are: each keeps one connection for good, says something now and then, and reconnects when it
/// breaks. They count what went wrong beyond that.
final class EchoClients implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 10_000;
    private static final byte[] HELLO = Hellos.of("h2", "http/1.1");
    private static final byte[] MORE = {1};

    private final InetSocketAddress target;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicInteger broken = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger hung = new AtomicInteger();
    private final AtomicInteger mostInARow = new AtomicInteger();
    private final AtomicInteger connected = new AtomicInteger();

    EchoClients(InetSocketAddress target, int n) {
        this.target = target;
        for (int i = 0; i < n; i++) {
            threads.add(Thread.ofVirtual().start(this::live));
        }
    }

    private void live() {
        int failures = 0;
        while (stop.getCount() > 0) {
            int exchanges = 0;
            try (Socket socket = new Socket()) {
                try {
                    socket.connect(target, PATIENCE_MILLIS);
                } catch (IOException e) {
                    refused.incrementAndGet();
                    throw e;
                }
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.setTcpNoDelay(true);
                do {
                    byte[] says = exchanges == 0 ? HELLO : MORE;
                    socket.getOutputStream().write(says);
                    if (socket.getInputStream().readNBytes(says.length).length < says.length) {
                        throw new IOException("ended");
                    }
                    if (exchanges++ == 0) {
                        connected.incrementAndGet();
                        failures = 0;
                    }
                } while (!stop.await(25, TimeUnit.MILLISECONDS));
            } catch (SocketTimeoutException e) {
                hung.incrementAndGet();
            } catch (IOException e) {
                failures++;
                broken.incrementAndGet();
                mostInARow.accumulateAndGet(failures, Math::max);
            } catch (InterruptedException e) {
                return;
            } finally {
                if (exchanges > 0) {
                    connected.decrementAndGet();
                }
            }
        }
    }

    /// Clients whose connection works right now.
    int connected() {
        return connected.get();
    }

    /// Connections that broke and were opened again.
    int broken() {
        return broken.get();
    }

    /// Connects that failed: there was no time without somebody to talk to.
    int refused() {
        return refused.get();
    }

    /// Exchanges that got no answer in time.
    int hung() {
        return hung.get();
    }

    /// Failures of one client one after the other, at most.
    int mostInARow() {
        return mostInARow.get();
    }

    @Override
    public void close() {
        stop.countDown();
        try {
            for (Thread thread : threads) {
                thread.join(PATIENCE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
