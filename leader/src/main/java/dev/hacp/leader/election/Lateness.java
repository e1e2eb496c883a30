package dev.hacp.leader.election;

/// How late this process runs, again and again: what it tells the others and is patient by.
///
/// One stall says nothing of the next second: a process that starts, makes its first connections or puts its first VIP is late
/// once or twice by 50 to 250 ms (measured with three agents on two cores), and an owner that hangs just then must not be waited
/// for twice as long. A starved process is late many times a second. So the second worst counts, of what is not yet forgotten.
final class Lateness {

    /// 100 ms of it are forgotten in 6.4 s.
    private static final int FORGOTTEN = 64;

    private final long most;
    private long worst;
    private long second;

    /// @param most more than this makes no difference: the longest patience is reached, and it has to be forgotten
    ///             again
    Lateness(long most) {
        this.most = most;
    }

    /// @param late how late this step came, in nanoseconds; negative when it came early
    /// @param gap  the time since the step before it, in nanoseconds
    void step(long late, long gap) {
        worst = Math.max(0, worst - gap / FORGOTTEN);
        second = Math.max(0, second - gap / FORGOTTEN);
        long now = Math.min(late, most);
        if (now > worst) {
            second = worst;
            worst = now;
        } else {
            second = Math.max(second, now);
        }
    }

    /// In nanoseconds.
    long lately() {
        return second;
    }
}
