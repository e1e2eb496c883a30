package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import dev.hacp.leader.pki.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.interfaces.RSAPrivateCrtKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsTest {

    private static final String SERVER = "https://cp.example.org:6443";
    private static final TestAuthority AUTHORITY = new TestAuthority("kubernetes");

    @TempDir
    Path directory;

    @Test
    void theDefaultsAreKubeadmsFilesAndThenTheServiceAccount() {
        assertThat(CredentialSource.of(List.of(), Map.of("KUBERNETES_SERVICE_HOST", "10.96.0.1",
                "KUBERNETES_SERVICE_PORT", "443")).stream().map(Object::toString)).containsExactly(
                        "/etc/kubernetes/super-admin.conf", "/etc/kubernetes/admin.conf",
                        "service account /var/run/secrets/kubernetes.io/serviceaccount");
        assertThat(CredentialSource.of(List.of(Path.of("/a")), Map.of("KUBERNETES_SERVICE_HOST", "10.96.0.1")))
                .containsExactly(new CredentialSource.Kubeconfig(Path.of("/a")));
    }

    @Test
    void aKubeconfigWithInlineKeyOfEitherKindIsRead() {
        for (String algorithm : List.of("EC", "RSA")) {
            Path file = Kubeconfigs.write(directory.resolve(algorithm), SERVER, AUTHORITY,
                    AUTHORITY.client(algorithm, "admin", "system:masters", Duration.ofDays(1)));
            Credential credential = credentials(file).current().orElseThrow();
            assertThat(credential.server()).isEqualTo(new HostPort("cp.example.org", 6443));
            assertThat(credential.source()).isEqualTo(file.toString());
            assertThat(credential.subject()).contains("CN=admin");
            assertThat(credential.notAfter()).isPresent();
            assertThat(credential.bearerToken()).isEmpty();
        }
    }

    @Test
    void aKeyInAnOlderFormAndInAFileBesideTheKubeconfigIsRead() throws IOException {
        TestAuthority.Issued client = AUTHORITY.client("RSA", "admin", "", Duration.ofDays(1));
        RSAPrivateCrtKey key = (RSAPrivateCrtKey) client.key();
        // PKCS#8 wraps PKCS#1: its last octet string is the older form.
        byte[] pkcs8 = key.getEncoded();
        byte[] pkcs1 = java.util.Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
        Files.writeString(directory.resolve("both.pem"),
                client.certificatePem() + TestAuthority.pem("RSA PRIVATE KEY", pkcs1));
        Path file = Kubeconfigs.writeUser(directory.resolve("kubelet.conf"), SERVER, AUTHORITY,
                "client-certificate: both.pem\n    client-key: " + directory.resolve("both.pem"));
        assertThat(credentials(file).problems()).isEmpty();
        assertThat(credentials(file).current()).isPresent();
    }

    @Test
    void aTokenIsTakenFromTheKubeconfigOrFromAFileAndAgainWhenTheFileChanges() throws IOException {
        Path inline = Kubeconfigs.writeUser(directory.resolve("inline"), SERVER, AUTHORITY, "token: abc");
        assertThat(credentials(inline).current().orElseThrow().bearerToken()).contains("abc");

        Path tokenFile = Files.writeString(directory.resolve("token"), "first\n");
        Credentials credentials = credentials(
                Kubeconfigs.writeUser(directory.resolve("by-file"), SERVER, AUTHORITY, "tokenFile: token"));
        Credential before = credentials.current().orElseThrow();
        assertThat(before.bearerToken()).contains("first");
        assertThat(credentials.current()).containsSame(before);
        Files.writeString(tokenFile, "second");
        assertThat(credentials.current().orElseThrow().bearerToken()).contains("second");
    }

    @Test
    void theServiceAccountOfAPodIsRead() throws IOException {
        Files.writeString(directory.resolve("token"), "pod-token");
        Files.writeString(directory.resolve("ca.crt"), AUTHORITY.certificatePem());
        Credentials credentials = new Credentials(
                List.of(new CredentialSource.ServiceAccount(directory, new HostPort("10.96.0.1", 443))));
        assertThat(credentials.current().orElseThrow().bearerToken()).contains("pod-token");
        Files.delete(directory.resolve("ca.crt"));
        assertThat(credentials.current()).isEmpty();
        assertThat(credentials.problems()).containsExactly(directory.resolve("ca.crt") + " does not exist");
    }

    @Test
    void aFileThatIsMissingAppearsChangesAndVanishesIsFollowed() throws IOException {
        Path file = directory.resolve("admin.conf");
        Credentials credentials = credentials(file);
        assertThat(credentials.current()).isEmpty();
        assertThat(credentials.problems()).containsExactly(file + " does not exist");

        Kubeconfigs.writeUser(file, SERVER, AUTHORITY, "token: one");
        Credential one = credentials.current().orElseThrow();
        assertThat(credentials.problems()).isEmpty();
        Kubeconfigs.writeUser(file, SERVER, AUTHORITY, "token: two");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(credentials.current().orElseThrow()).isNotSameAs(one);
        Files.delete(file);
        assertThat(credentials.current()).isEmpty();
    }

    @Test
    void theOneThatWorkedComesFirstAndTheOthersFollowInTurn() {
        Path a = Kubeconfigs.writeUser(directory.resolve("a"), SERVER, AUTHORITY, "token: a");
        Path b = Kubeconfigs.writeUser(directory.resolve("b"), SERVER, AUTHORITY, "token: b");
        Path c = Kubeconfigs.writeUser(directory.resolve("c"), SERVER, AUTHORITY, "token: c");
        Credentials credentials = credentials(a, b, c);
        assertThat(tokens(credentials)).containsExactly("a", "b", "c");
        credentials.accepted(credentials.usable().get(1));
        assertThat(tokens(credentials)).containsExactly("b", "c", "a");
    }

    @Test
    void anExpiredClientCertificateIsNotUsedAndSaysSinceWhen() {
        TestAuthority.Issued expired = AUTHORITY.client("EC", "admin", "", Duration.ofHours(-1));
        Path file = Kubeconfigs.write(directory.resolve("admin.conf"), SERVER, AUTHORITY, expired);
        assertThat(credentials(file).current()).isEmpty();
        assertThat(credentials(file).problems()).containsExactly(file + ": its client certificate expired at "
                + expired.certificate().getNotAfter().toInstant()
                + " (expected: a valid one; 'kubeadm certs renew all')");
    }

    @Test
    void aCertificateExpiresWhileTheAgentRuns() {
        TestAuthority.Issued client = AUTHORITY.client("EC", "admin", "", Duration.ofHours(1));
        Path file = Kubeconfigs.write(directory.resolve("admin.conf"), SERVER, AUTHORITY, client);
        Instant[] now = {Instant.now()};
        Credentials credentials = new Credentials(List.of(new CredentialSource.Kubeconfig(file)), () -> now[0]);
        assertThat(credentials.current()).isPresent();
        now[0] = now[0].plus(Duration.ofHours(2));
        assertThat(credentials.current()).isEmpty();
        assertThat(credentials.problems()).singleElement().asString().contains("expired at");
    }

    @Test
    void whatIsWrongWithAFileIsOneSentenceThatNamesIt() {
        TestAuthority.Issued one = AUTHORITY.client("EC", "one", "", Duration.ofDays(1));
        TestAuthority.Issued other = AUTHORITY.client("EC", "other", "", Duration.ofDays(1));
        String good = "client-certificate-data: " + Kubeconfigs.base64(one.certificatePem());
        assertUnusable(text("hello"), "it is not a kubeconfig");
        assertUnusable(text(""), "it is not a kubeconfig");
        assertUnusable(text("a: [1"), "it is not a kubeconfig");
        assertUnusable(text("apiVersion: v1\nkind: Config\nclusters: []\n"), "it names no clusters");
        assertUnusable(user(good), "without client-key or client-key-data");
        assertUnusable(user(good + "\n    client-key-data: '***'"), "client-key-data is not base64");
        assertUnusable(user(good + "\n    client-key-data: " + Kubeconfigs.base64(other.keyPem())),
                "client-key does not belong to client-certificate");
        assertUnusable(user(good + "\n    client-key-data: " + Kubeconfigs.base64("nothing")), "no private key");
        assertUnusable(user(good + "\n    client-key-data: " + Kubeconfigs.base64(
                TestAuthority.pem("ENCRYPTED PRIVATE KEY", new byte[8]))), "the key is encrypted");
        assertUnusable(user(good + "\n    client-key-data: "
                + Kubeconfigs.base64(AUTHORITY.client("RSA", "one", "", Duration.ofDays(1)).keyPem())),
                "client-key does not belong to client-certificate");
        assertUnusable(user(good + "\n    client-key: missing.key"),
                directory.resolve("missing.key") + " does not exist");
        assertUnusable(user("username: root"), "neither a client certificate nor a token");
        assertUnusable(user("exec: {command: aws, apiVersion: v1}"), "plugins are not run");
        assertUnusable(user("tokenFile: " + directory.resolve("admin.conf")), "holds no token");
        assertUnusable(Kubeconfigs.writeUser(directory.resolve("c"), "http://cp:6443", AUTHORITY, "token: a"),
                "server: 'http://cp:6443' (expected: https://HOST:PORT)");
        assertUnusable(directory, "it is a directory");
        assertUnusable(text(Kubeconfigs.base64(" ".repeat(1_000_000))), "at most 1 MiB");
    }

    @Test
    void aServerWithoutPortAndAnIpv6ServerAreUnderstood() {
        Path named = Kubeconfigs.writeUser(directory.resolve("named"), "https://cp", AUTHORITY, "token: a");
        Path six = Kubeconfigs.writeUser(directory.resolve("six"), "https://[fd00::1]:6443/", AUTHORITY, "token: a");
        assertThat(credentials(named).current().orElseThrow().server()).isEqualTo(new HostPort("cp", 443));
        assertThat(credentials(six).current().orElseThrow().server()).isEqualTo(new HostPort("fd00::1", 6443));
    }

    @Test
    void nullsAndMissingPartsAreASentenceToo() {
        String cluster = "clusters: [{name: k, cluster: {server: 'https://cp:6443'}}]\n";
        String context = "contexts: [{name: c, context: {cluster: k, user: u}}]\ncurrent-context: c\n";
        assertUnusable(text("clusters: null\ncontexts: null\nusers: null\ncurrent-context: ''\n"),
                "it names no clusters");
        assertUnusable(text("clusters: [null]\n"), "it names no clusters");
        assertUnusable(text(cluster + "contexts: null\ncurrent-context: dev\n"),
                "it has no context 'dev' though it is the current one");
        assertUnusable(text(cluster + "contexts: [null, {name: a}]\ncurrent-context: a\n"), "it has no context 'a'");
        assertUnusable(text(cluster + "contexts: null\n"), "it has no current-context");
        assertUnusable(text(cluster + context + "users: null\n"), "it has no user 'u'");
        assertUnusable(text(cluster + context + "users: [null, {user: {token: a}}, {name: u}]\n"),
                "it has no user 'u'");
        assertUnusable(text("clusters: [{name: k}, {cluster: {server: 'https://cp:6443'}}]\n" + context),
                "it has no cluster 'k'");
        assertUnusable(text(cluster + "contexts: [{name: c, context: {}}]\ncurrent-context: c\n"),
                "it has no cluster ''");
        assertUnusable(text("clusters: [{name: k, cluster: {}}]\n" + context + "users: [{name: u, user: {}}]\n"),
                "server: 'null' (expected: https://HOST:PORT)");
        assertUnusable(text(cluster + context + "users: [{name: u, user: {}}]\n"),
                "neither a client certificate nor a token");
    }

    @Test
    void aMissingNameIsAnEmptyOneAsForKubectl() {
        Path file = text("""
                clusters: [{cluster: {server: 'https://cp:6443'}}]
                contexts: [{context: {}}]
                users: [{user: {token: abc}}]
                """);
        assertThat(credentials(file).current().orElseThrow().bearerToken()).contains("abc");
    }

    @Test
    void aProxyIsNotIgnoredInSilence() {
        assertUnusable(text("""
                clusters: [{name: k, cluster: {server: 'https://cp:6443', proxy-url: 'http://proxy:3128'}}]
                contexts: [{name: c, context: {cluster: k, user: u}}]
                current-context: c
                users: [{name: u, user: {token: abc}}]
                """), "proxy-url is set (expected: none");
    }

    @Test
    void aBadFileNeverSpoilsTheGoodOneBesideIt() {
        Path good = Kubeconfigs.writeUser(directory.resolve("good"), SERVER, AUTHORITY, "token: good");
        int n = 0;
        for (String bad : List.of("clusters: [null]\ncontexts: null", "contexts: {a: b}", "clusters: {}",
                "a: &a [*a]", "[".repeat(100_000), "\u0000", "- - - -", "users: 7", "clusters: [{name: [1]}]",
                "clusters: [{name: k, cluster: {server: 'https://cp:6443'}}]\ncontexts: [{name: null}]")) {
            Path file = Kubeconfigs.writeText(directory.resolve("bad" + n++), bad);
            Credentials credentials = credentials(file, good);
            assertThat(tokens(credentials)).as(bad.substring(0, Math.min(40, bad.length()))).containsExactly("good");
            assertThat(credentials.problems()).singleElement().asString().startsWith(file.toString());
        }
    }

    @Test
    void whatAFileSaidIsUsedOnWhenItCannotBeUnderstoodAnyLonger() throws IOException {
        Path file = Kubeconfigs.writeUser(directory.resolve("admin.conf"), SERVER, AUTHORITY, "token: one");
        Credentials credentials = credentials(file);
        Credential one = credentials.current().orElseThrow();
        // What `kubectl config delete-context` leaves.
        Kubeconfigs.writeText(file,
                Files.readString(file).replaceAll("(?s)contexts:.*?users:", "contexts: null\nusers:"));
        assertThat(credentials.current()).containsSame(one);
        assertThat(credentials.problems()).singleElement().asString().contains("it has no context 'admin@test'")
                .endsWith("what it said before is still used");
        Kubeconfigs.writeUser(file, SERVER, AUTHORITY, "token: another");
        assertThat(tokens(credentials)).containsExactly("another");
        assertThat(credentials.problems()).isEmpty();
        Files.delete(file);
        assertThat(credentials.current()).as("gone is gone").isEmpty();
    }

    private void assertUnusable(Path file, String because) {
        Credentials credentials = credentials(file);
        assertThat(credentials.current()).isEmpty();
        assertThat(credentials.problems()).singleElement().asString().contains(because)
                .contains(directory.toString()).doesNotContain("\n");
    }

    private Path text(String text) {
        return Kubeconfigs.writeText(directory.resolve("admin.conf"), text);
    }

    private Path user(String user) {
        return Kubeconfigs.writeUser(directory.resolve("admin.conf"), SERVER, AUTHORITY, user);
    }

    private static List<String> tokens(Credentials credentials) {
        return credentials.usable().stream().map(c -> c.bearerToken().orElseThrow()).toList();
    }

    private static Credentials credentials(Path... files) {
        return new Credentials(CredentialSource.of(List.of(files), Map.of()));
    }
}
