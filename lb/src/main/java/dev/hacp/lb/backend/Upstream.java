package dev.hacp.lb.backend;

import dev.hacp.core.HostPort;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A backend as the relay sees it: where to dial, and what to count there. Any thread, no lock, no allocation. Its state is
/// none of the relay's business: the pool chooses, and says when connections must end.
public interface Upstream {

    HostPort id();

    /// Where to dial; null while its host name has not been resolved. Read it once per attempt.
    @Nullable
    InetSocketAddress address();

    /// An attempt begins: it counts from here on, so that the next choice sees it.
    void opened();

    /// The attempt or the connection is over; once for each `opened`.
    void closed();

    /// @param nanos from the connect call until established
    void connectSucceeded(long nanos);

    void connectFailed(Throwable cause);

    /// The backend ended the connection before it sent anything, though the client had.
    void resetBeforeFirstByte();

    /// This attempt comes from a connection that another backend failed.
    void retried();

    /// The backend reset an established connection.
    void reset();

    /// One more, or one less, of its connections has a client that makes a new one by itself and goes on: such may be closed
    /// to rebalance.
    void resumable(boolean more);

    void received(long bytes);

    void sent(long bytes);
}
