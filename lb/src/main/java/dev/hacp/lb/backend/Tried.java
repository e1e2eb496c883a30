package dev.hacp.lb.backend;

import java.util.Arrays;

/// The backends that already failed one connection. Not thread-safe; allocate one only after the first failure.
public final class Tried {

    /// Of a connection that has met no failure yet.
    public static final Tried NONE = new Tried();

    private Upstream[] backends = {};

    public void add(Upstream backend) {
        if (this == NONE) {
            throw new IllegalStateException("Tried.NONE is shared (expected: a new Tried)");
        }
        backends = Arrays.copyOf(backends, backends.length + 1);
        backends[backends.length - 1] = backend;
    }

    public boolean contains(Upstream backend) {
        for (Upstream b : backends) {
            if (b.equals(backend)) {
                return true;
            }
        }
        return false;
    }

    public int size() {
        return backends.length;
    }
}
