package dev.hacp.leader.election;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// A Lease in memory with the API's rules; it can be made to hang, as an API server does that was stopped.
final class MemoryLease implements LeaseApi {

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private @Nullable LeaseRecord stored;
    private long version = 1;
    private volatile @Nullable CountDownLatch hanging;

    void hang() {
        hanging = new CountDownLatch(1);
    }

    void goOn() {
        CountDownLatch latch = hanging;
        hanging = null;
        if (latch != null) {
            latch.countDown();
        }
    }

    synchronized @Nullable LeaseRecord stored() {
        return stored;
    }

    private void pass() throws LeaseApiException {
        CountDownLatch latch = hanging;
        if (latch != null) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new LeaseApiException.Unknown("interrupted", e);
            }
        }
    }

    @Override
    public Optional<LeaseRecord> read() throws LeaseApiException {
        pass();
        return Optional.ofNullable(stored());
    }

    @Override
    public LeaseRecord create(LeaseRecord record) throws LeaseApiException {
        pass();
        return store("", record);
    }

    @Override
    public LeaseRecord update(LeaseRecord record) throws LeaseApiException {
        pass();
        return store(record.resourceVersion(), record);
    }

    private synchronized LeaseRecord store(String expected, LeaseRecord record) throws LeaseApiException {
        LeaseRecord current = stored;
        if (!(current == null ? "" : current.resourceVersion()).equals(expected)) {
            throw new LeaseApiException.Conflict("the Lease has changed");
        }
        LeaseRecord next = new LeaseRecord(record.holder(), record.leaseDurationSeconds(), record.acquireTime(),
                record.renewTime(), record.transitions(), Long.toString(++version), record.annotations());
        stored = next;
        listeners.forEach(listener -> listener.observed(next));
        return next;
    }

    @Override
    public void tryWrite() throws LeaseApiException {
        pass();
    }

    @Override
    public AutoCloseable watch(Listener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public void close() {}
}
