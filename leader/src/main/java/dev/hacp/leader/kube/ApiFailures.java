package dev.hacp.leader.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Says in one clause why an API server gave no answer.
final class ApiFailures {

    private ApiFailures() {}

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
            String message = answer.getStatus() == null ? "" : String.valueOf(answer.getStatus().getMessage());
            return "answered " + answer.getCode() + (message.isEmpty() ? "" : " (" + firstLine(message) + ")");
        }
        if (find(failure, UnresolvedAddressException.class) != null
                || find(failure, UnknownHostException.class) != null) {
            return "has a name that cannot be resolved";
        }
        SSLException tls = find(failure, SSLException.class);
        if (tls != null) {
            return "failed in TLS (" + firstLine(String.valueOf(deepest(tls).getMessage())) + ")";
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
                    : "cannot be reached (" + firstLine(message) + ")";
        }
        Throwable cause = deepest(failure);
        return "failed (" + firstLine(cause.getMessage() == null ? cause.toString() : cause.getMessage()) + ")";
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

    private static String firstLine(String message) {
        String line = message.lines().findFirst().orElse("");
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }
}
