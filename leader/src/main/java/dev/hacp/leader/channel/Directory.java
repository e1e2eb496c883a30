package dev.hacp.leader.channel;

import java.util.Collection;
import java.util.function.Consumer;

/// Who the members are, by evidence of the API.
public interface Directory extends AutoCloseable {

    /// Publishes this agent and begins to follow the others. Called once.
    ///
    /// @param changed called on any thread, in order, with all members, this one included: first when they are known,
    ///                then on each change
    void start(String fingerprint, Consumer<Collection<Member>> changed);

    /// Somebody came whom the directory does not know: look again soon.
    void refresh();

    /// Takes this agent out, best effort, within a second.
    void leave();

    @Override
    void close();
}
