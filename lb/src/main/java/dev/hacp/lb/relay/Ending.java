package dev.hacp.lb.relay;

/// Why a connection ended; the text is what the access log says.
public enum Ending {
    CLIENT_CLOSED("client closed"),
    BACKEND_CLOSED("backend closed"),
    CLIENT_RESET("client reset"),
    BACKEND_RESET("backend reset"),
    CLIENT_VANISHED("client vanished"),
    BACKEND_VANISHED("backend vanished"),
    HALF_CLOSED("one side closed, the other did not"),
    NO_BACKEND("no backend accepted"),
    BACKEND_DOWN("backend down"),
    REBALANCED("closed to rebalance"),
    CANNOT_SERVE("closed, its backend cannot serve"),
    VIP_LEFT("VIP given up"),
    STOPPED("balancer stopping"),
    SILENT("silent, gave way at the connection limit"),
    REFUSED("source refused"),
    BAD_PROXY_HEADER("no valid PROXY header"),
    FAILED("internal error");

    private final String text;

    Ending(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
