package dev.hacp.agent.control;

/// The agent could not be asked, or refused; the message is one sentence for people.
public final class ControlException extends Exception {

    private static final long serialVersionUID = 1L;

    ControlException(String message) {
        super(message);
    }
}
