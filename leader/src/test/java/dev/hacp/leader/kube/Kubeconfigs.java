package dev.hacp.leader.kube;

import dev.hacp.leader.pki.TestAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/// Writes kubeconfigs as kubeadm does: everything inline.
final class Kubeconfigs {

    private Kubeconfigs() {}

    static Path write(Path file, String server, TestAuthority authority, TestAuthority.Issued client) {
        return writeUser(file, server, authority, "client-certificate-data: " + base64(client.certificatePem())
                + "\n    client-key-data: " + base64(client.keyPem()));
    }

    /// @param user the lines of the user, the first without indent, later ones with four spaces
    static Path writeUser(Path file, String server, TestAuthority authority, String user) {
        return writeText(file, """
                apiVersion: v1
                kind: Config
                current-context: admin@test
                clusters:
                - name: test
                  cluster:
                    server: %s
                    certificate-authority-data: %s
                contexts:
                - name: admin@test
                  context: {cluster: test, user: admin}
                users:
                - name: admin
                  user:
                    %s
                """.formatted(server, base64(authority.certificatePem()), user));
    }

    static Path writeText(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }
}
