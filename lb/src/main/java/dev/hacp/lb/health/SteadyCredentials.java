package dev.hacp.lb.health;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.Ticker;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The credential as it was read last. What reads it may hang (a disk) or fail by a bug: the checks then go on with the one
/// that they know, since a check that waits forever finds no dead backend. Any thread.
final class SteadyCredentials implements HealthCredentials {

    private record Known(Optional<HealthCredential> credential) {}

    private final HealthCredentials source;
    private final FaultGuard guard;
    private final AtomicBoolean reading = new AtomicBoolean();
    private volatile @Nullable Known known;

    SteadyCredentials(HealthCredentials source, Ticker ticker) {
        this.source = source;
        this.guard = new FaultGuard("the reading of the credential for health checks", ticker);
    }

    @Override
    public Optional<HealthCredential> current() {
        if (known == null) {
            // There is nothing to go on with yet: all wait for the first reading.
            synchronized (this) {
                read();
            }
        } else if (reading.compareAndSet(false, true)) {
            try {
                read();
            } finally {
                reading.set(false);
            }
        }
        Known now = known;
        return now == null ? Optional.empty() : now.credential();
    }

    private void read() {
        guard.run(() -> known = new Known(source.current()));
    }

    @Override
    public void refused(HealthCredential credential, int httpCode) {
        source.refused(credential, httpCode);
    }
}
