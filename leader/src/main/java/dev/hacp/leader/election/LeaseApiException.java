package dev.hacp.leader.election;

import java.io.IOException;

/// Why a call to the Lease API brought no result. The message names the operation, the object, the cause and, where there
/// is one, the remedy; it is what the log says.
public abstract sealed class LeaseApiException extends IOException {

    private static final long serialVersionUID = 1L;

    private LeaseApiException(String message, Throwable cause) {
        super(message, cause);
    }

    private LeaseApiException(String message) {
        super(message);
    }

    /// The precondition did not hold (409, also 404 for an update): nothing was written.
    public static final class Conflict extends LeaseApiException {

        private static final long serialVersionUID = 1L;

        public Conflict(String message) {
            super(message);
        }
    }

    /// 403 with every credential.
    public static final class Forbidden extends LeaseApiException {

        private static final long serialVersionUID = 1L;

        private final String verb;

        /// @param verb what RBAC must allow on Leases: `get`, `create`, `update` or `watch`
        public Forbidden(String verb, String message) {
            super(message);
            this.verb = verb;
        }

        public String verb() {
            return verb;
        }
    }

    /// 401 with every credential, or no credential yet.
    public static final class Unauthorised extends LeaseApiException {

        private static final long serialVersionUID = 1L;

        public Unauthorised(String message) {
            super(message);
        }
    }

    /// No API server could be asked: the request was surely not carried out.
    public static final class Unreachable extends LeaseApiException {

        private static final long serialVersionUID = 1L;

        public Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// The request was sent and no usable answer came (timeout, 5xx, connection lost): a write may have been carried
    /// out, now or later.
    public static final class Unknown extends LeaseApiException {

        private static final long serialVersionUID = 1L;

        public Unknown(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
