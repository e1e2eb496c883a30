package dev.hacp.cli.drill;

/// The drill could not be held; the message is one sentence for people.
public final class DrillException extends Exception {

    private static final long serialVersionUID = 1L;

    public DrillException(String message) {
        super(message);
    }
}
