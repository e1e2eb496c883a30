package dev.hacp.core;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// For `assert owner.isCurrent()`: some state belongs to one thread, the first that touches it. Nothing is checked where
/// assertions are off.
public final class OwnerThread {

    private final AtomicReference<@Nullable Thread> owner = new AtomicReference<>();

    /// Whether the caller is the owner. The first caller is.
    public boolean isCurrent() {
        Thread caller = Thread.currentThread();
        return caller.equals(owner.get()) || owner.compareAndSet(null, caller);
    }
}
