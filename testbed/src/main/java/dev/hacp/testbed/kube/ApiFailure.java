package dev.hacp.testbed.kube;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// A refused request, as the `Status` object that Kubernetes answers with.
final class ApiFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int code;
    private final String reason;

    ApiFailure(int code, String reason, String message) {
        super(message);
        this.code = code;
        this.reason = reason;
    }

    static ApiFailure notFound(ResourceKey key) {
        return new ApiFailure(404, "NotFound", key.type().qualified() + " \"" + key.name() + "\" not found");
    }

    static ApiFailure alreadyExists(ResourceKey key) {
        return new ApiFailure(409, "AlreadyExists", key.type().qualified() + " \"" + key.name() + "\" already exists");
    }

    static ApiFailure conflict(ResourceKey key) {
        return new ApiFailure(409, "Conflict",
                "Operation cannot be fulfilled on " + key.type().qualified() + " \"" + key.name()
                        + "\": the object has been modified; please apply your changes to the latest version and try again");
    }

    static ApiFailure invalid(ResourceKey key, String problem) {
        return new ApiFailure(422, "Invalid",
                key.type().kind() + " \"" + key.name() + "\" is invalid: " + problem);
    }

    static ApiFailure badRequest(String message) {
        return new ApiFailure(400, "BadRequest", message);
    }

    static ApiFailure unknownPath() {
        return new ApiFailure(404, "NotFound", "the server could not find the requested resource");
    }

    static ApiFailure expired() {
        return new ApiFailure(410, "Expired", "too old resource version");
    }

    int code() {
        return code;
    }

    ObjectNode status() {
        ObjectNode status = JsonNodeFactory.instance.objectNode();
        status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
        return status.put("status", "Failure").put("message", getMessage()).put("reason", reason).put("code", code);
    }
}
