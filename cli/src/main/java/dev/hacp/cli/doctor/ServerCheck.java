package dev.hacp.cli.doctor;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.cli.doctor.ApiProbe.Answer;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.VipTarget;
import java.io.IOException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/// One API server: whether it is ready, what time it has, and its certificate.
final class ServerCheck {

    // The Date header counts whole seconds.
    private static final Duration HALF_SECOND = Duration.ofMillis(500);
    private static final Duration TOLERATED = Duration.ofSeconds(1);

    private final AgentConfig config;
    private final ApiProbe probe;
    private final Clock clock;
    private final Consumer<Finding> findings;
    private final EtcdView etcd;

    ServerCheck(AgentConfig config, ApiProbe probe, Clock clock, Consumer<Finding> findings, EtcdView etcd) {
        this.config = config;
        this.probe = probe;
        this.clock = clock;
        this.findings = findings;
        this.etcd = etcd;
    }

    void examine(HostPort server) {
        String subject = "API server " + server;
        Instant asked = clock.instant();
        Answer ready;
        try {
            ready = probe.ask(server, "/readyz?verbose", Optional.empty());
        } catch (IOException e) {
            findings.accept(Finding.failure(subject, "does not answer: " + ControlPlaneCheck.reason(e),
                    "one server fewer for the VIP's clients",
                    "see whether kube-apiserver runs there and whether a firewall lets this node through"));
            return;
        }
        Instant answered = clock.instant();
        readiness(subject, ready);
        etcd.read(server, ready.body());
        ready.date().ifPresent(date -> clock(server, asked, answered, date));
        ready.certificate().ifPresent(certificate -> certificate(server, certificate));
    }

    private void readiness(String subject, Answer ready) {
        List<String> failing = ready.body().lines().filter(line -> line.startsWith("[-]"))
                .map(line -> line.substring(3).replaceFirst(" failed.*", "")).toList();
        if (ready.code() == 200) {
            findings.accept(Finding.ok(subject, "ready"));
        } else if (ready.code() == 401 || ready.code() == 403) {
            findings.accept(
                    Finding.warning(subject, "answers, but does not say whether it is ready (" + ready.code() + ")",
                            "clients may be sent to one that is not ready",
                            "let the credential read /readyz (ClusterRole system:public-info-viewer)"));
        } else {
            findings.accept(
                    Finding.failure(subject, "not ready: " + (failing.isEmpty() ? "code " + ready.code() : failing),
                            "it gets no new clients of the VIP",
                            failing.stream().anyMatch(check -> check.startsWith("etcd"))
                                    ? "check its etcd member: etcdctl endpoint health --cluster"
                                    : "see the log of kube-apiserver there"));
        }
    }

    /// The header was written between question and answer: half a round trip is the doubt, beside its own half second.
    private void clock(HostPort server, Instant asked, Instant answered, Instant there) {
        Duration doubt = Duration.between(asked, answered).abs().dividedBy(2);
        Duration skew = Duration.between(asked.plus(doubt), there.plus(HALF_SECOND)).abs();
        String subject = "clock of " + server.host();
        if (skew.minus(doubt).minus(HALF_SECOND).compareTo(TOLERATED) > 0) {
            findings.accept(Finding.warning(subject, skew.toSeconds() + "s away from this node's",
                    "certificates and tokens depend on the time (hacp's election does not)",
                    "set up chrony or systemd-timesyncd on both"));
        } else {
            findings.accept(Finding.ok(subject, String.format(Locale.ROOT, "agrees with this node's to %.1fs",
                    TOLERATED.plus(doubt).plus(HALF_SECOND).toMillis() / 1000.0)));
        }
    }

    private void certificate(HostPort server, X509Certificate certificate) {
        String subject = "certificate of " + server.host();
        long days = Duration.between(clock.instant(), certificate.getNotAfter().toInstant()).toDays();
        String text = days + " days left, issued by " + certificate.getIssuerX500Principal().getName();
        if (days < 30) {
            String why = "once it expires no client trusts this API server";
            String remedy = "kubeadm certs renew apiserver, then restart kube-apiserver";
            findings.accept(days < 7
                    ? Finding.failure(subject, text, why, remedy)
                    : Finding.warning(subject, text, why, remedy));
        } else {
            findings.accept(Finding.ok(subject, text));
        }
        List<String> names = names(certificate);
        List<String> missing = config.address().vips().stream().map(VipTarget::text)
                .filter(vip -> names.stream().noneMatch(name -> covers(name, vip))).toList();
        findings.accept(missing.isEmpty()
                ? Finding.ok(subject, "names the VIP")
                : Finding.failure(subject, "does not name " + String.join(", ", missing),
                        "clients that dial the VIP will not trust it",
                        "add it to apiServer.certSANs ('hacp manifest kubeadm'), remove apiserver.crt and .key, run"
                                + " kubeadm init phase certs apiserver --config FILE"));
    }

    /// RFC 6125: a wildcard stands for the leftmost label.
    private static boolean covers(String name, String vip) {
        int dot = vip.indexOf('.');
        return name.equals(vip) || (name.startsWith("*.") && dot > 0 && name.substring(1).equals(vip.substring(dot)));
    }

    private static List<String> names(X509Certificate certificate) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            return alternatives == null
                    ? List.of()
                    : alternatives.stream().map(name -> String.valueOf(name.get(1)))
                            .map(name -> IpAddresses.parse(name).map(IpAddresses::text)
                                    .orElse(name.toLowerCase(Locale.ROOT)))
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }
}
