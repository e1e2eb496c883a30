package dev.hacp.cli.doctor;

import dev.hacp.core.HostPort;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;

/// One request to one API server; a test answers for it.
interface ApiProbe {

    /// @param date        what the server's clock says
    /// @param certificate what the server showed
    record Answer(int code, String body, Optional<Instant> date, Optional<X509Certificate> certificate) {}

    /// @param json a body makes it a POST
    /// @throws IOException when it cannot be reached or its certificate is not the cluster's
    Answer ask(HostPort server, String path, Optional<String> json) throws IOException;
}
