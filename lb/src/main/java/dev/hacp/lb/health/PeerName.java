package dev.hacp.lb.health;

import dev.hacp.core.IpAddresses;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/// Whether a certificate belongs to an API server: it names the address that was dialled, or `kubernetes`, which every API
/// server's certificate has (kubeadm's do not name 127.0.0.1). Only subjectAltName counts (RFC 9110 section 4.3.4).
final class PeerName {

    private static final int DNS = 2;
    private static final int IP = 7;
    static final String SERVICE = "kubernetes";

    private PeerName() {}

    /// @param host as dialled: a name or an address literal
    static boolean matches(X509Certificate certificate, String host) throws CertificateParsingException {
        for (List<?> name : names(certificate)) {
            if (!(name.get(1) instanceof String text)) {
                continue;
            }
            if (name.get(0).equals(DNS) && (dns(text, host) || text.equalsIgnoreCase(SERVICE))) {
                return true;
            }
            if (name.get(0).equals(IP)) {
                var dialled = IpAddresses.parse(host);
                if (dialled.isPresent() && dialled.equals(IpAddresses.parse(text))) {
                    return true;
                }
            }
        }
        return false;
    }

    /// `a, b, c` for messages.
    static String text(X509Certificate certificate) throws CertificateParsingException {
        List<String> all = new ArrayList<>();
        for (List<?> name : names(certificate)) {
            all.add(String.valueOf(name.get(1)));
        }
        return all.isEmpty() ? "nobody" : String.join(", ", all);
    }

    private static Collection<List<?>> names(X509Certificate certificate) throws CertificateParsingException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names == null ? List.of() : names;
    }

    private static boolean dns(String pattern, String host) {
        String p = pattern.toLowerCase(Locale.ROOT);
        String h = host.toLowerCase(Locale.ROOT);
        if (p.startsWith("*.")) {
            int dot = h.indexOf('.');
            return dot > 0 && h.substring(dot).equals(p.substring(1));
        }
        return p.equals(h);
    }
}
