package dev.hacp.leader.election;

/// Whether this member reaches an API server, judged by its last call, and the reason to tell when it changes.
final class ApiHealth {

    private boolean well;
    private String problem = "not asked yet";
    private boolean told;
    private boolean othersWell;

    /// @return whether a failure had been told before
    boolean answered() {
        boolean news = told;
        well = true;
        told = false;
        problem = "";
        return news;
    }

    /// @return whether this reason is another than the last one told
    boolean failed(String reason) {
        boolean news = !told || !reason.equals(problem);
        well = false;
        told = true;
        problem = reason;
        return news;
    }

    boolean isWell() {
        return well;
    }

    /// Empty when well.
    String problem() {
        return problem;
    }

    /// Whether a member that says it reaches the API now is a reason to try at once.
    boolean wantsToKnow(boolean otherReaches) {
        boolean news = otherReaches && !othersWell && !well;
        othersWell = otherReaches;
        return news;
    }
}
