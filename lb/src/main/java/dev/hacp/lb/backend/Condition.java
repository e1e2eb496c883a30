package dev.hacp.lb.backend;

/// What the health checks make of a backend. The state follows from it; what becomes of its connections does not follow from
/// the state alone.
public enum Condition {

    READY(BackendState.UP),
    /// Alive, and says itself that it is not ready, as one that starts or leaves does: what it has it may finish.
    NOT_READY(BackendState.DRAIN),
    /// Alive, but it cannot do its work: etcd is away, or `/readyz` gets no answer. Its clients are better off elsewhere.
    CANNOT_SERVE(BackendState.DRAIN),
    /// Its kernel answers, and nobody listens. What died with the process is reset by that kernel already; what still lives
    /// is being finished by a server that stops gracefully and has closed its listener first.
    REFUSES(BackendState.DOWN),
    /// Nothing comes from it, or nothing that makes sense. Also before the first check.
    SILENT(BackendState.DOWN);

    private final BackendState state;

    Condition(BackendState state) {
        this.state = state;
    }

    public BackendState state() {
        return state;
    }

    /// For anyone who knows the state alone.
    static Condition of(BackendState state) {
        return switch (state) {
            case UP -> READY;
            case DRAIN -> NOT_READY;
            case DOWN -> SILENT;
        };
    }
}
