package dev.hacp.core;

/// Why an owner lets go; the text is what the log, the status and the Event say.
public enum StandDown {
    SHUTDOWN("this agent is stopping"),
    HANDOVER("handed over on request"),
    RENEW_DEADLINE("the Lease could not be renewed before renew-deadline"),
    LEASE_LOST("another member holds the Lease"),
    MINORITY("cut off from the majority of the members"),
    LINK_DOWN("the VIP's interface has no link"),
    CONFLICT("another machine answers for the VIP"),
    UNFIT("not fit to own the VIP while another member is"),
    ADDRESS_FAILED("the VIP could not be added or announced"),
    START("leftovers of an earlier run");

    private final String text;

    StandDown(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }

    /// Whether it was planned: clients are then reset while the address is still ours, so that they reconnect at once.
    public boolean planned() {
        return this == SHUTDOWN || this == HANDOVER || this == UNFIT;
    }
}
