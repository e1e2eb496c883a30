package dev.hacp.lb.health;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.Ticker;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The credential as it was read last. What reads it may hang (a disk) or fail by a bug: the checks then go on with the one
/// that they know, since a check that waits for ever finds no dead backend. Any thread.
final class SteadyCredentials implements HealthCredentials {

    private final HealthCredentials source;
    private final FaultGuard guard;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile @Nullable Optional<HealthCredential> known;

    SteadyCredentials(HealthCredentials source, Ticker ticker) {
        this.source = source;
        this.guard = new FaultGuard("the reading of the credential for health checks", ticker);
    }

    @Override
    public Optional<HealthCredential> current() {
        Optional<HealthCredential> last = known;
        if (last == null) {
            reading.lock();
        } else if (!reading.tryLock()) {
            return last;
        }
        try {
            guard.run(() -> known = source.current());
        } finally {
            reading.unlock();
        }
        Optional<HealthCredential> now = known;
        return now == null ? Optional.empty() : now;
    }

    @Override
    public void refused(HealthCredential credential, int httpCode) {
        source.refused(credential, httpCode);
    }
}
