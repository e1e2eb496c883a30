package dev.hacp.testbed.agent;

import dev.hacp.testbed.kube.Pki;
import dev.hacp.testbed.lan.Host;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/// A client that opens whole TLS connections to the VIP and knows, by the certificate, which API server it got.
public final class Dialer {

    private final Host from;
    private final Pki pki;
    private final SSLSocketFactory factory;
    private final InetSocketAddress target;
    private final int timeoutMillis;

    /// @param timeout for the connect and for each read
    public Dialer(Host from, Pki pki, InetAddress vip, int port, Duration timeout) {
        this.from = from;
        this.pki = pki;
        this.factory = pki.clientContext(Optional.of(pki.admin())).getSocketFactory();
        this.target = new InetSocketAddress(vip, port);
        this.timeoutMillis = (int) timeout.toMillis();
    }

    /// An open connection.
    ///
    /// @param server the common name of the API server's certificate
    public record Dialed(SSLSocket socket, String server) implements AutoCloseable {

        /// Sends one request on the connection and returns the whole answer, head included, as far as it came with the
        /// first reads: enough for `/readyz` and `/version`.
        public String get(String path) throws IOException {
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: kubernetes\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[8192];
            while (!answer.toString(StandardCharsets.UTF_8).contains("\r\n\r\n")) {
                int n = in.read(buffer);
                if (n < 0) {
                    throw new IOException("closed before the answer's head was complete");
                }
                answer.write(buffer, 0, n);
            }
            return answer.toString(StandardCharsets.UTF_8);
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                // It was going away anyhow.
            }
        }
    }

    /// Connects and shakes hands; the server's certificate must name the dialled address.
    public Dialed dial() throws IOException {
        Socket plain = from.call(() -> {
            Socket socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            socket.connect(target, timeoutMillis);
            return socket;
        });
        try {
            SSLSocket tls = (SSLSocket) factory.createSocket(plain, target.getAddress().getHostAddress(),
                    target.getPort(), true);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            return new Dialed(tls, commonName((X509Certificate) tls.getSession().getPeerCertificates()[0]));
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    /// Opens `count` connections one after the other, holds them, and tells how many each API server got.
    public Map<String, Integer> spread(int count) throws IOException {
        List<Dialed> open = new ArrayList<>(count);
        try {
            Map<String, Integer> servers = new TreeMap<>();
            for (int i = 0; i < count; i++) {
                Dialed dialed = dial();
                open.add(dialed);
                servers.merge(dialed.server(), 1, Integer::sum);
            }
            return servers;
        } finally {
            open.forEach(Dialed::close);
        }
    }

    /// Whether a request through the VIP is answered with 200.
    public boolean isServed() {
        try (Dialed dialed = dial()) {
            return dialed.get("/readyz").startsWith("HTTP/1.1 200");
        } catch (IOException | IllegalStateException e) {
            return false;
        }
    }

    public Pki pki() {
        return pki;
    }

    private static String commonName(X509Certificate certificate) throws IOException {
        try {
            return new LdapName(certificate.getSubjectX500Principal().getName()).getRdns().stream()
                    .filter(name -> name.getType().equalsIgnoreCase("CN")).map(name -> name.getValue().toString())
                    .findFirst().orElseThrow(() -> new IOException("a server certificate without a common name"));
        } catch (InvalidNameException e) {
            throw new IOException(e);
        }
    }
}
