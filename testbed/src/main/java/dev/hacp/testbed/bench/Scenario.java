package dev.hacp.testbed.bench;

import java.time.Duration;

/// Something that lasts, and by which no owner should lose its VIP.
interface Scenario {

    /// For the table: what is done.
    String title();

    /// Into how many stretches the time is divided, each of which starts over.
    default int stretches(Duration length) {
        return 1;
    }

    /// Whether other products meet it as well.
    default boolean concernsPeers() {
        return true;
    }

    /// What is there before anybody watches.
    default void prepare(SideBySide sides) {
        sides.settle();
    }

    /// The watch has begun.
    void begin(SideBySide sides, Duration length);

    /// Called a few times a second.
    ///
    /// @param elapsed since [#begin]
    default void tick(SideBySide sides, Duration elapsed) {}

    /// Takes back what [#begin] and [#prepare] did, also after a failure; nobody watches by then.
    ///
    /// @return what should be known of how it went, or empty text
    String end(SideBySide sides);
}
