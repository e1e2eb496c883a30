package dev.hacp.leader.election;

import java.util.Optional;

/// The one Lease that is the arbiter. All calls block, each for a bounded time (at most the request timeout once per known
/// API server), and may run at the same time on different threads. An implementation tries the API servers and
/// credentials it knows in turn, but never repeats a write whose outcome it does not know.
public interface LeaseApi extends AutoCloseable {

    /// A linearizable read (GET without a resource version).
    ///
    /// @return empty when there is no such Lease
    Optional<LeaseRecord> read() throws LeaseApiException;

    /// @return the record as stored, with its resource version
    /// @throws LeaseApiException.Conflict when the Lease exists already
    LeaseRecord create(LeaseRecord record) throws LeaseApiException;

    /// Compare-and-swap on [LeaseRecord#resourceVersion()].
    ///
    /// @return the record as stored, with its new resource version
    /// @throws LeaseApiException.Conflict when the stored Lease has another resource version, or is gone
    LeaseRecord update(LeaseRecord record) throws LeaseApiException;

    /// Shows whether this member could write a Lease now, by a real write of its own member Lease. No dry run: it would not
    /// meet etcd's quota. Returns normally when the write was stored.
    ///
    /// @throws LeaseApiException.Unreachable also when there is no member Lease to write, which shows nothing
    /// @throws LeaseApiException.Conflict    when others keep writing it, which shows nothing either
    void tryWrite() throws LeaseApiException;

    /// Follows the Lease from now on, reconnecting by itself until closed. Only a hint: the elector polls as well.
    AutoCloseable watch(Listener listener);

    @Override
    void close();

    /// Called on any thread, quickly.
    interface Listener {

        void observed(LeaseRecord record);

        void deleted();
    }
}
