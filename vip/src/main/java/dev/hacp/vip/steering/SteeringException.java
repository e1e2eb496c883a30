package dev.hacp.vip.steering;

import java.io.IOException;

/// This kernel or this process cannot steer; the message says why and what the operator can do instead.
public final class SteeringException extends IOException {

    private static final long serialVersionUID = 1L;

    SteeringException(String message, Throwable cause) {
        super(message, cause);
    }
}
