package dev.hacp.vip.address;

import org.jspecify.annotations.Nullable;

/// The VIP could not be put, announced or removed on this node; the message is one sentence with the cause.
final class AddressException extends Exception {

    private static final long serialVersionUID = 1L;

    AddressException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
