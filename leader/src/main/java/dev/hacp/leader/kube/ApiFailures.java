package dev.hacp.leader.kube;

import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Says in one clause why an API server gave no answer.
final class ApiFailures {

    /// How a server's authorizer (RBAC, Node, webhook) words a missing right: `User "x" cannot update resource "leases" …`.
    private static final Pattern MISSING_RIGHT = Pattern.compile("\\bUser \".*\" cannot \\w+ (resource|path) ");
    private static final Pattern BREAKS = Pattern.compile("[\\s\\p{Cntrl}]+");
    private static final int LONGEST = 300;

    private ApiFailures() {}

    /// Whether a 403 comes from the authorizer: the credential lacks a right. Admission (webhooks, policies, quota, a
    /// namespace that is being deleted) answers 403 as well.
    static boolean isMissingRight(KubernetesClientException answer) {
        return answer.getCode() == 403 && MISSING_RIGHT.matcher(message(answer)).find();
    }

    /// Whether the API server itself says that a write was not stored although it answers 500: an admission webhook said no
    /// or could not be asked, or etcd is full.
    static boolean notStored(KubernetesClientException answer) {
        String message = message(answer);
        return answer.getCode() == 500 && (isUnaskedWebhook(answer) || message.contains("database space exceeded")
                || (message.contains("admission webhook") && message.contains("denied the request")));
    }

    /// Whether a webhook that must be asked (failurePolicy Fail) did not answer this API server; it may answer another.
    static boolean isUnaskedWebhook(KubernetesClientException answer) {
        return message(answer).contains("failed calling webhook");
    }

    /// What to do about it, where the answer leaves no doubt; else empty.
    static String remedy(KubernetesClientException answer) {
        StatusDetails details = answer.getStatus() == null ? null : answer.getStatus().getDetails();
        if (details == null) {
            return "";
        }
        if (answer.getCode() == 404 && "namespaces".equals(details.getKind())) {
            return ": create the namespace '" + details.getName() + "', or give another --lease-namespace";
        }
        boolean terminating = details.getCauses() != null
                && details.getCauses().stream().anyMatch(cause -> "NamespaceTerminating".equals(cause.getReason()));
        return terminating
                ? ": the namespace is being deleted; create it again, or give another --lease-namespace"
                : "";
    }

    static boolean isTls(Throwable failure) {
        return find(failure, SSLException.class) != null;
    }

    /// Whether the connection never came about, so that the request was certainly not carried out.
    static boolean notSent(Throwable failure) {
        return find(failure, ConnectException.class) != null || find(failure, UnresolvedAddressException.class) != null
                || find(failure, UnknownHostException.class) != null || isTls(failure)
                || find(failure, HttpConnectTimeoutException.class) != null;
    }

    static String clause(Throwable failure) {
        if (failure instanceof KubernetesClientException answer && answer.getCode() > 0) {
            String message = oneLine(message(answer));
            return "answered " + answer.getCode() + (message.isEmpty() ? "" : " (" + message + ")");
        }
        if (find(failure, UnresolvedAddressException.class) != null
                || find(failure, UnknownHostException.class) != null) {
            return "has a name that cannot be resolved";
        }
        SSLException tls = find(failure, SSLException.class);
        if (tls != null) {
            return "failed in TLS (" + oneLine(String.valueOf(deepest(tls).getMessage())) + ")";
        }
        if (find(failure, HttpTimeoutException.class) != null) {
            return "gave no answer in time";
        }
        NoRouteToHostException noRoute = find(failure, NoRouteToHostException.class);
        ConnectException connect = find(failure, ConnectException.class);
        if (noRoute != null || connect != null) {
            Throwable cause = deepest(noRoute == null ? failure : noRoute);
            String message = String.valueOf(cause.getMessage());
            return cause instanceof ClosedChannelException || message.contains("refused") || message.equals("null")
                    ? "refused the connection"
                    : "cannot be reached (" + oneLine(message) + ")";
        }
        Throwable cause = deepest(failure);
        return "failed (" + oneLine(cause.getMessage() == null ? cause.toString() : cause.getMessage()) + ")";
    }

    private static Throwable deepest(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause.getCause() != null && depth < 16; depth++) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 16; depth++) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
            cause = cause.getCause();
        }
        return null;
    }

    /// The API server's own words.
    private static String message(KubernetesClientException answer) {
        String message = answer.getStatus() == null ? null : answer.getStatus().getMessage();
        return message == null ? "" : message;
    }

    /// Messages of webhooks and policies may have many lines, of any length.
    static String oneLine(String message) {
        String line = BREAKS.matcher(message).replaceAll(" ").strip();
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    }
}
