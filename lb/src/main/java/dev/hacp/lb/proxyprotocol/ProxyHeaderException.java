package dev.hacp.lb.proxyprotocol;

/// Bytes from a trusted source that are no PROXY header, or not one to be accepted. The message is one clause.
public final class ProxyHeaderException extends Exception {

    private static final long serialVersionUID = 1L;

    ProxyHeaderException(String message) {
        super(message);
    }
}
