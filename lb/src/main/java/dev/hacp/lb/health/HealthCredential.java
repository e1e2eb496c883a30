package dev.hacp.lb.health;

import java.util.Optional;
import javax.net.ssl.SSLContext;

/// What a check presents and whom it trusts. Two are the same credential only when they are equal; keep one instance while
/// nothing changed, or each check opens a new connection.
///
/// @param context     trusts the cluster CA; has the client certificate, if there is one
/// @param bearerToken sent to verified backends only
/// @param source      for messages: the file it came from
public record HealthCredential(SSLContext context, Optional<String> bearerToken, String source) {

    @Override
    public String toString() {
        return "HealthCredential[" + source + "]";
    }
}
