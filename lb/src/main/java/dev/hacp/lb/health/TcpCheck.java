package dev.hacp.lb.health;

import dev.hacp.core.Durations;
import dev.hacp.core.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;

/// A TCP connect, ended by a reset: a close would leave a TIME_WAIT per check, here or there.
final class TcpCheck implements Check {

    private final InetSocketAddress address;
    private final Ticker ticker;
    private final Socket socket = new Socket();
    private volatile boolean asked;

    TcpCheck(InetSocketAddress address, Ticker ticker) {
        this.address = address;
        this.ticker = ticker;
    }

    @Override
    public CheckResult run() {
        long start = ticker.nanos();
        asked = true;
        try (socket) {
            socket.connect(address);
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            return Failures.connect(e, Duration.ofNanos(ticker.nanos() - start));
        }
        return CheckResult.answered(Finding.READY, 0, "accepts connections",
                Duration.ofNanos(ticker.nanos() - start), false, Optional.empty());
    }

    @Override
    public void abort() {
        try {
            socket.close();
        } catch (IOException e) {
            // Closed is closed.
        }
    }

    @Override
    public CheckResult overdue(Duration timeout) {
        return asked
                ? CheckResult.silent("connect timed out after " + Durations.format(timeout), timeout)
                : CheckResult.notAsked("the check did not begin within " + Durations.format(timeout), timeout);
    }
}
