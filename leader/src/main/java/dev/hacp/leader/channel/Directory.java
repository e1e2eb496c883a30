package dev.hacp.leader.channel;

import dev.hacp.core.NodeName;
import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;

/// Who the members are, by evidence of the API.
public interface Directory extends AutoCloseable {

    /// Publishes this agent and begins to follow the others. Called once.
    ///
    /// @param changed called on any thread, in order, with all members, this one included: first when they are known,
    ///                then on each change; with none while this agent may not be a member
    void start(String fingerprint, Consumer<Collection<Member>> changed);

    /// These members are connected now: they live, whether or not they can refresh what they have published.
    default void connected(Set<NodeName> members) {}

    /// Somebody came whom the directory does not know: look again soon.
    void refresh();

    /// This process ends; best effort, within a second. The agent stays a member.
    void leave();

    @Override
    void close();
}
