package dev.hacp.testbed.kube;

import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// Who asks, by the client certificate: CN is the user, each O a group.
///
/// @param groups `system:masters` may do everything; nobody else may anything here
record ClientIdentity(String user, List<String> groups) {

    private static final ClientIdentity ANONYMOUS = new ClientIdentity("system:anonymous", List.of());

    /// Like kube-apiserver, TLS takes any certificate and the request decides.
    ///
    /// @throws ApiFailure 401 for a certificate that is expired or of another authority
    static ClientIdentity of(SSLSession session, X509Certificate authority) {
        Certificate[] chain;
        try {
            chain = session.getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            return ANONYMOUS;
        }
        X509Certificate certificate = (X509Certificate) chain[0];
        try {
            certificate.checkValidity();
            certificate.verify(authority.getPublicKey());
            List<Rdn> names = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
            return new ClientIdentity(values(names, "CN").getFirst(), values(names, "O"));
        } catch (GeneralSecurityException | InvalidNameException e) {
            throw new ApiFailure(401, "Unauthorized", "Unauthorized");
        }
    }

    private static List<String> values(List<Rdn> names, String type) {
        return names.stream().filter(name -> name.getType().equalsIgnoreCase(type))
                .map(name -> name.getValue().toString()).toList();
    }

    /// @throws ApiFailure 403 in Kubernetes' own words
    void authorize(String verb, ResourceKey key) {
        if (groups.contains("system:masters")) {
            return;
        }
        String name = key.name().isEmpty() ? "" : " \"" + key.name() + "\"";
        throw new ApiFailure(403, "Forbidden", key.type().qualified() + name + " is forbidden: User \"" + user
                + "\" cannot " + verb + " resource \"" + key.type().plural() + "\" in API group \"" + key.type().group()
                + "\"" + (key.namespace().isEmpty()
                        ? " at the cluster scope"
                        : " in the namespace \"" + key.namespace() + "\""));
    }
}
