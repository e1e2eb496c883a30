package dev.hacp.lb.backend;

/// What `follow` gives back: closing it ends the following.
@FunctionalInterface
public interface Subscription extends AutoCloseable {

    @Override
    void close();
}
