package dev.hacp.lb.frontend;

/// Why a client was not let in; the text is what log and metrics say.
public enum Refusal {
    TOO_MANY("connection limit"),
    TOO_MANY_FROM_SOURCE("connection limit per source"),
    TOO_FAST("accept rate"),
    NOT_ALLOWED("source not allowed"),
    NO_FILES("out of file descriptors");

    private final String text;

    Refusal(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
