package dev.hacp.leader.kube;

/// Why a request to the Kubernetes API did not do what was asked, in one sentence.
public abstract sealed class ApiException extends Exception {

    private static final long serialVersionUID = 1L;

    private ApiException(String sentence) {
        super(sentence);
    }

    /// The sentence; never null.
    public String sentence() {
        return String.valueOf(getMessage());
    }

    /// The object has changed since it was read, or exists already (HTTP 409).
    public static final class Conflict extends ApiException {
        private static final long serialVersionUID = 1L;

        Conflict(String sentence) {
            super(sentence);
        }
    }

    /// No credential has the right (HTTP 403 of the authorizer): the sentence names the verb and the resource.
    public static final class Forbidden extends ApiException {
        private static final long serialVersionUID = 1L;

        Forbidden(String sentence) {
            super(sentence);
        }
    }

    /// No credential is accepted (HTTP 401), or there is none that could be tried.
    public static final class Unauthorised extends ApiException {
        private static final long serialVersionUID = 1L;

        Unauthorised(String sentence) {
            super(sentence);
        }
    }

    /// No API server gave an answer; a write was surely not carried out.
    public static final class Unreachable extends ApiException {
        private static final long serialVersionUID = 1L;

        Unreachable(String sentence) {
            super(sentence);
        }
    }

    /// A write was sent and no usable answer came: it may have been carried out, now or later.
    public static final class Unknown extends ApiException {
        private static final long serialVersionUID = 1L;

        Unknown(String sentence) {
            super(sentence);
        }
    }

    /// An API server understood the request and declined it for another reason, in its own words: HTTP 400, 404, 422, 403
    /// of admission, 500 when a webhook that must be asked does not answer, … A write was surely not carried out.
    public static final class Rejected extends ApiException {
        private static final long serialVersionUID = 1L;
        private final int code;

        Rejected(String sentence, int code) {
            super(sentence);
            this.code = code;
        }

        public int code() {
            return code;
        }
    }
}
