package dev.hacp.leader.election;

/// For how long the address was nowhere in reach, although two members that run and hear each other could have had it: by the
/// Lease, or by their votes.
final class ServiceGaps {

    /// A follower forgets the owner in the moment in which it says that it no longer is.
    private static final long LATELY = 300 * SimulatedWorld.MILLI;

    private final SimulatedWorld world;
    private final long[] knewAt;
    private final long[] knewAs;
    private long since = -1;
    private boolean knew;
    private long worst;
    private long worstByLease;

    ServiceGaps(SimulatedWorld world) {
        this.world = world;
        this.knewAt = new long[world.size()];
        this.knewAs = new long[world.size()];
    }

    /// After every event.
    void look() {
        boolean possible = false;
        boolean served = false;
        boolean both = false;
        world.nodes().forEach(this::noteTheOwner);
        for (SimulatedNode one : world.nodes()) {
            for (SimulatedNode other : world.nodes()) {
                if (one == other || !isConnected(one, other)) {
                    continue;
                }
                served |= one.address && runs(one);
                if (isMajority(one, other)) {
                    possible = true;
                    both |= knowsTheOwner(one) && knowsTheOwner(other);
                }
            }
        }
        long now = world.now();
        if (since >= 0 && knew) {
            worst = Math.max(worst, now - since);
        } else if (since >= 0) {
            worstByLease = Math.max(worstByLease, now - since);
        }
        boolean edited = since >= 0 && world.api.editedAt > since; // any writer puts its end off
        if (!possible || served) {
            since = -1;
        } else if (since < 0 || edited) {
            since = edited ? world.api.editedAt : now;
            knew = both && now - world.api.editedAt >= SimulatedWorld.CONFIG.leaseDuration().toNanos();
        }
    }

    /// Of three. One of them must be fit to own.
    private boolean isMajority(SimulatedNode one, SimulatedNode other) {
        SimulatedNetwork network = world.network;
        return runs(one) && runs(other) && (one.isFit() || other.isFit()) && !network.isRefused(one, other)
                && network.slow[one.index][other.index] == 0 && network.slow[other.index][one.index] == 0;
    }

    /// Who has not heard an owner cannot say that it is lost: the Lease must expire.
    private boolean knowsTheOwner(SimulatedNode node) {
        return knewAs[node.index] == node.process() && world.now() - knewAt[node.index] <= LATELY;
    }

    private void noteTheOwner(SimulatedNode node) {
        Election election = node.election();
        if (election != null && (election.ownershipTerm() != null || election.evidence().attests().isPresent()
                || election.evidence().suspects().isPresent())) {
            knewAt[node.index] = world.now();
            knewAs[node.index] = node.process();
        }
    }

    /// By the way between the two machines, which clients take as well.
    private boolean isConnected(SimulatedNode one, SimulatedNode other) {
        return !world.network.isCut(one.index, other.index) && !world.network.isCut(other.index, one.index);
    }

    private static boolean runs(SimulatedNode node) {
        return node.isUp() && !node.isPaused();
    }

    /// The longest whose beginning two members of a majority saw.
    long worst() {
        look();
        return worst;
    }

    /// The longest other one: a member of each majority had just started or come back and had not heard the owner, or somebody
    /// had written to the Lease.
    long worstByLease() {
        return worstByLease;
    }
}
