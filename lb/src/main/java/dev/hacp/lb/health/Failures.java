package dev.hacp.lb.health;

import dev.hacp.lb.backend.OwnShortage;
import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// What an exception of a check means, in words for an operator.
final class Failures {

    /// Alerts by which a server refuses our certificate, or wants one (RFC 8446 section 6.2).
    private static final Pattern REFUSED_CLIENT = Pattern.compile("fatal alert: (bad_certificate|certificate_required"
            + "|certificate_expired|certificate_revoked|certificate_unknown|unsupported_certificate|unknown_ca"
            + "|access_denied)");

    private Failures() {}

    /// What it means that a connect failed.
    static CheckResult connect(IOException e, Duration duration) {
        Optional<String> shortage = OwnShortage.of(e);
        if (shortage.isPresent()) {
            return CheckResult.notAsked(shortage.get(), duration);
        }
        String message = text(e);
        return message.toLowerCase(Locale.ROOT).contains("refused")
                ? CheckResult.refused(duration)
                : CheckResult.silent("connect failed: " + message, duration);
    }

    /// What it means that an established connection failed. The kernel gives up a silent peer with ETIMEDOUT, or with what a
    /// router said; everything else came from the peer.
    static CheckResult broken(IOException e, String what, Duration duration) {
        Optional<String> shortage = OwnShortage.of(e);
        if (shortage.isPresent()) {
            return CheckResult.notAsked(shortage.get(), duration);
        }
        if (e.getCause() instanceof RuntimeException fault) {
            return CheckResult.notAsked("the check itself failed: " + fault, duration);
        }
        String message = text(e);
        String lower = message.toLowerCase(Locale.ROOT);
        return lower.contains("timed out") || lower.contains("unreachable") || lower.contains("no route")
                ? CheckResult.silent(what + ": " + message, duration)
                : CheckResult.broken(what + ": " + message, duration);
    }

    static String text(Throwable e) {
        return HttpAnswer.printable(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }

    static boolean refusesClientCertificate(Throwable e) {
        return e.getMessage() != null && REFUSED_CLIENT.matcher(e.getMessage()).find();
    }

    /// When the server's certificate is the reason: why it cannot be verified.
    static Optional<String> untrusted(Throwable e, String source) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException) {
                return Optional.of("its certificate has expired (" + text(cause) + "): renew it on that node");
            }
            if (cause instanceof CertificateNotYetValidException) {
                return Optional.of("its certificate is not valid yet (" + text(cause) + "): compare the clocks");
            }
        }
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            boolean path = cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException;
            if (path || cause instanceof CertificateException) {
                return Optional.of("its certificate cannot be verified (expected: one signed by the cluster CA of "
                        + source + "): " + text(deepest(cause)));
            }
        }
        return Optional.empty();
    }

    private static Throwable deepest(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
