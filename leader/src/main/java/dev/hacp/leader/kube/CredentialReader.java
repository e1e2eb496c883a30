package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import dev.hacp.leader.pki.Certificates;
import dev.hacp.leader.pki.ClientKey;
import dev.hacp.leader.pki.ClusterTrust;
import dev.hacp.leader.pki.PrivateKeys;
import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.Cluster;
import io.fabric8.kubernetes.api.model.Config;
import io.fabric8.kubernetes.api.model.Context;
import io.fabric8.kubernetes.api.model.NamedAuthInfo;
import io.fabric8.kubernetes.api.model.NamedCluster;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads one source into a credential; reports any problem as one sentence.
final class CredentialReader {

    private final KubernetesSerialization yaml;
    private final InstantSource clock;

    CredentialReader(KubernetesSerialization yaml, InstantSource clock) {
        this.yaml = yaml;
        this.clock = clock;
    }

    /// @throws CredentialException also for what nobody thought of: one source must not spoil the others
    Credential read(CredentialSource source, CredentialFiles files) throws CredentialException {
        try {
            return readAny(source, files);
        } catch (RuntimeException | StackOverflowError e) {
            throw CredentialException.ofContent(source + ": it cannot be used: " + firstLine(e));
        }
    }

    private Credential readAny(CredentialSource source, CredentialFiles files) throws CredentialException {
        return switch (source) {
            case CredentialSource.Kubeconfig(Path file) -> kubeconfig(file, files);
            case CredentialSource.ServiceAccount(Path directory, HostPort server) -> {
                String token = token(directory.resolve("token"), files);
                Path ca = directory.resolve("ca.crt");
                yield new Credential(source.toString(), server, null, null, Optional.of(token),
                        trust(certificates(files.read(ca), ca.toString()), null));
            }
        };
    }

    private Credential kubeconfig(Path file, CredentialFiles files) throws CredentialException {
        Config config = parse(file, files.readText(file));
        Context context = context(file, config);
        Cluster cluster = list(config.getClusters()).filter(c -> name(c.getName()).equals(name(context.getCluster())))
                .map(NamedCluster::getCluster).filter(Objects::nonNull).findFirst()
                .orElseThrow(() -> problem(file, "it has no cluster '" + name(context.getCluster()) + "'"));
        AuthInfo user = list(config.getUsers()).filter(u -> name(u.getName()).equals(name(context.getUser())))
                .map(NamedAuthInfo::getUser).filter(Objects::nonNull).findFirst()
                .orElseThrow(() -> problem(file, "it has no user '" + name(context.getUser()) + "'"));
        HostPort server = server(file, cluster.getServer());
        if (Boolean.TRUE.equals(cluster.getInsecureSkipTlsVerify())) {
            throw problem(file, "insecure-skip-tls-verify is set (expected: certificate-authority or "
                    + "certificate-authority-data)");
        }
        if (cluster.getProxyUrl() != null && !cluster.getProxyUrl().isEmpty()) {
            throw problem(file, "proxy-url is set (expected: none; hacp connects to the API servers themselves)");
        }
        byte @Nullable [] ca = content(file, files, "certificate-authority", cluster.getCertificateAuthorityData(),
                cluster.getCertificateAuthority());
        ClusterTrust trust = trust(
                ca == null ? List.of() : certificates(ca, file + ": certificate-authority"),
                cluster.getTlsServerName());
        return identity(file, files, user, server, trust);
    }

    private Credential identity(Path file, CredentialFiles files, AuthInfo user, HostPort server, ClusterTrust trust)
            throws CredentialException {
        byte @Nullable [] certificate = content(file, files, "client-certificate", user.getClientCertificateData(),
                user.getClientCertificate());
        if (certificate != null) {
            byte @Nullable [] keyText = content(file, files, "client-key", user.getClientKeyData(),
                    user.getClientKey());
            if (keyText == null) {
                throw problem(file, "it has a client certificate without client-key or client-key-data");
            }
            List<X509Certificate> chain = certificates(certificate, file + ": client-certificate");
            PrivateKey key = key(keyText, file);
            if (!belongTogether(key, chain.getFirst().getPublicKey())) {
                throw problem(file, "client-key does not belong to client-certificate");
            }
            return new Credential(file.toString(), server, new ClientKey(key, chain), chain.getFirst(),
                    Optional.empty(), trust);
        }
        if (user.getTokenFile() != null && !user.getTokenFile().isEmpty()) {
            Path tokenFile = file.toAbsolutePath().resolveSibling(user.getTokenFile());
            return new Credential(file.toString(), server, null, null, Optional.of(token(tokenFile, files)), trust);
        }
        if (user.getToken() != null && !user.getToken().isEmpty()) {
            return new Credential(file.toString(), server, null, null, Optional.of(user.getToken().strip()), trust);
        }
        throw problem(file, "its user has neither a client certificate nor a token"
                + (user.getExec() != null || user.getAuthProvider() != null
                        ? " (expected: one of these; exec and auth-provider plugins are not run)"
                        : ""));
    }

    private Config parse(Path file, String text) throws CredentialException {
        try {
            Config config = yaml.unmarshal(text, Config.class);
            if (config != null && list(config.getClusters()).findAny().isPresent()) {
                return config;
            }
        } catch (RuntimeException e) {
            throw problem(file, "it is not a kubeconfig: " + firstLine(e));
        }
        throw problem(file, "it is not a kubeconfig: it names no clusters");
    }

    private static Context context(Path file, Config config) throws CredentialException {
        List<NamedContext> contexts = list(config.getContexts()).toList();
        String given = name(config.getCurrentContext());
        String current = given.isEmpty() && contexts.size() == 1 ? name(contexts.getFirst().getName()) : given;
        for (NamedContext context : contexts) {
            if (name(context.getName()).equals(current) && context.getContext() != null) {
                return context.getContext();
            }
        }
        throw problem(file, current.isEmpty()
                ? "it has no current-context"
                : "it has no context '" + current + "' though it is the current one");
    }

    /// What YAML says of a list may be nothing, and so may each of its elements: `kubectl config delete-context` leaves
    /// `contexts: null`.
    private static <T> Stream<T> list(@Nullable List<T> elements) {
        return elements == null ? Stream.empty() : elements.stream().filter(Objects::nonNull);
    }

    /// For kubectl a missing name is an empty one, and as good as any other.
    private static String name(@Nullable String given) {
        return given == null ? "" : given;
    }

    private static HostPort server(Path file, @Nullable String server) throws CredentialException {
        try {
            URI uri = new URI(server == null ? "" : server);
            String host = uri.getHost();
            if ("https".equals(uri.getScheme()) && host != null && uri.getPath().replace("/", "").isEmpty()) {
                return new HostPort(host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                        uri.getPort() < 0 ? 443 : uri.getPort());
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // The sentence below says it all.
        }
        throw problem(file, "server: '" + server + "' (expected: https://HOST:PORT)");
    }

    /// What `NAME-data` holds in base64, else what the file `NAME` holds; a relative path is relative to the kubeconfig.
    private static byte @Nullable [] content(Path file, CredentialFiles files, String name, @Nullable String data,
            @Nullable String path) throws CredentialException {
        if (data != null && !data.isEmpty()) {
            try {
                return Base64.getDecoder().decode(data.replaceAll("\\s", ""));
            } catch (IllegalArgumentException e) {
                throw problem(file, name + "-data is not base64");
            }
        }
        if (path != null && !path.isEmpty()) {
            return files.read(file.toAbsolutePath().resolveSibling(path));
        }
        return null;
    }

    private static List<X509Certificate> certificates(byte[] pem, String where) throws CredentialException {
        try {
            return Certificates.read(pem);
        } catch (IllegalArgumentException e) {
            throw CredentialException.ofContent(where + ": " + e.getMessage());
        }
    }

    private static PrivateKey key(byte[] pem, Path file) throws CredentialException {
        try {
            return PrivateKeys.read(pem);
        } catch (IllegalArgumentException e) {
            throw problem(file, "client-key: " + e.getMessage());
        }
    }

    /// A signature of the one is verified by the other.
    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
        String algorithm = switch (key.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> "Ed25519";
        };
        byte[] sample = {'h', 'a', 'c', 'p'};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(sample);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(sample);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static String token(Path file, CredentialFiles files) throws CredentialException {
        String token = files.readText(file).strip();
        if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw CredentialException.ofContent(file + " holds no token (expected: one word)");
        }
        return token;
    }

    private ClusterTrust trust(List<X509Certificate> authorities, @Nullable String tlsServerName) {
        return tlsServerName == null || tlsServerName.isEmpty()
                ? new ClusterTrust(authorities, ClusterTrust.API_SERVER_NAMES, clock)
                : ClusterTrust.underOneName(authorities, tlsServerName, clock);
    }

    private static CredentialException problem(Path file, String what) {
        return CredentialException.ofContent(file + ": " + what);
    }

    private static String firstLine(Throwable e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return message.lines().findFirst().orElse("");
    }
}
