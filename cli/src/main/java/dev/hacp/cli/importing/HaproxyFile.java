package dev.hacp.cli.importing;

import dev.hacp.agent.config.Option;
import dev.hacp.agent.config.Options;
import dev.hacp.cli.importing.Imported.Place;
import dev.hacp.core.Durations;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// haproxy.cfg with one frontend for the API servers, as the kubeadm guide has it.
final class HaproxyFile {

    private static final Pattern TIME = Pattern.compile("(\\d+)(us|ms|s|m|h|d)?");

    private final String file;
    private final Imported result;
    private String section = "";

    HaproxyFile(String file, Imported result) {
        this.file = file;
        this.result = result;
    }

    void read(String text) {
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].replaceFirst("(^|\\s)#.*", "").strip();
            if (!line.isEmpty()) {
                read(Arrays.asList(line.split("\\s+")), line, new Place(file, i + 1));
            }
        }
    }

    private void read(List<String> words, String line, Place place) {
        String second = words.size() > 1 ? words.get(1) : "";
        switch (words.getFirst()) {
            case "global", "defaults", "frontend", "backend", "listen" -> section = words.getFirst();
            case "bind" -> bind(words, place);
            case "server" -> server(words, place);
            case "default-server" -> serverOptions(words.subList(1, words.size()), place);
            case "balance" -> policy(second, place);
            case "mode" -> {
                // The guide's defaults say http and its frontend and backend tcp.
                if (!second.equals("tcp") && !section.equals("defaults")) {
                    result.remark(place, "mode " + second + " has no equivalent: hacp passes TLS through");
                }
            }
            case "timeout" -> timeout(second, words.size() > 2 ? words.get(2) : "", place);
            case "maxconn" -> result.put(Options.MAX_CONNECTIONS, second, place);
            case "option" -> option(words, place);
            case "http-check" ->
                result.remark(place, line + " needs no option: hacp reads /readyz itself");
            case "default_backend", "log", "chroot", "user", "group", "daemon", "pidfile", "nbthread", "description",
                    "retries" -> {
                // Says nothing about clients and API servers that hacp does not settle itself.
            }
            case "stats" -> result.remark(place,
                    "stats needs no option: 'hacp status', the admin page and /metrics show it");
            default -> {
                if (!section.equals("global")) {
                    result.remark(place, line + " has no equivalent");
                }
            }
        }
    }

    private void bind(List<String> words, Place place) {
        String address = words.size() > 1 ? words.get(1) : "";
        int colon = address.lastIndexOf(':');
        if (colon < 0 || address.startsWith("/") || address.startsWith("unix@")) {
            result.remark(place, "bind " + address + " has no equivalent");
            return;
        }
        result.put(Options.PORT, address.substring(colon + 1), place);
        if (words.contains("ssl")) {
            result.remark(place, "bind … ssl has no equivalent: hacp passes TLS through");
        }
        if (words.contains("accept-proxy")) {
            result.remark(place, "accept-proxy: give the networks it comes from with --accept-proxy-from");
        }
    }

    private void server(List<String> words, Place place) {
        if (words.size() > 2) {
            String address = words.get(2);
            // Without a port HAProxy dials the one the client dialled.
            result.put(Options.BACKEND, address.matches(".*:\\d+|.*\\$\\{.*") ? address : address + ":6443", place);
            serverOptions(words.subList(3, words.size()), place);
        }
    }

    private void serverOptions(List<String> words, Place place) {
        for (int i = 0; i < words.size(); i++) {
            String value = i + 1 < words.size() ? words.get(i + 1) : "";
            switch (words.get(i)) {
                case "inter" -> time(Options.HEALTH_INTERVAL, value, place);
                case "slowstart" -> time(Options.SLOW_START, value, place);
                case "fall" -> result.put(Options.FALL, value, place);
                case "rise" -> result.put(Options.RISE, value, place);
                case "send-proxy-v2" -> result.put(Options.SEND_PROXY_V2, "true", place);
                case "backup" ->
                    result.remark(place, "backup has no equivalent; --prefer-local keeps to the node's own");
                case "downinter", "fastinter" -> result.remark(place,
                        words.get(i) + " needs no option: hacp checks faster while a backend changes");
                case "weight", "maxconn", "maxqueue" -> result.remark(place,
                        words.get(i) + " " + value + " has no equivalent: API servers get equal shares");
                default -> {
                    // check, ssl verify none and the like concern the check, which hacp does with its own credential.
                }
            }
        }
    }

    private void policy(String name, Place place) {
        switch (name) {
            case "roundrobin", "static-rr" -> result.put(Options.POLICY, "round-robin", place);
            case "leastconn" -> result.put(Options.POLICY, "least-connections", place);
            case "source" -> result.put(Options.POLICY, "source-hash", place);
            case String other when other.startsWith("random") -> result.put(Options.POLICY, "random-two", place);
            default -> result.remark(place, "balance " + name + " has no equivalent");
        }
    }

    private void timeout(String which, String value, Place place) {
        switch (which) {
            case "connect" -> time(Options.CONNECT_TIMEOUT, value, place);
            case "check" -> time(Options.HEALTH_TIMEOUT, value, place);
            case "client-fin", "server-fin" -> time(Options.HALF_CLOSED_TIMEOUT, value, place);
            case "client", "server", "tunnel" -> result.remark(place, "timeout " + which + " " + value
                    + " needs no option: hacp keeps idle watches and finds dead peers by keepalive in 10s");
            default -> result.remark(place, "timeout " + which + " " + value + " has no equivalent");
        }
    }

    private void option(List<String> words, Place place) {
        String name = words.size() > 1 ? words.get(1) : "";
        switch (name) {
            case "httpchk", "ssl-hello-chk" -> result.put(Options.HEALTH, "https", place);
            case "tcp-check" -> result.put(Options.HEALTH, "tcp", place);
            case "tcplog" -> result.put(Options.ACCESS_LOG, "true", place);
            case "httplog", "dontlognull", "redispatch", "clitcpka", "srvtcpka", "tcpka", "splice-auto",
                    "splice-request", "splice-response", "http-server-close", "log-health-checks" -> {
                // What hacp does anyway, or what concerns HTTP, which it does not touch.
            }
            default -> result.remark(place, "option " + name + " has no equivalent");
        }
    }

    /// HAProxy counts milliseconds where no unit is given.
    private void time(Option<?> option, String text, Place place) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            result.remark(place, text + " is not a readable time");
            return;
        }
        long n = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2) == null ? "ms" : matcher.group(2);
        Duration duration = switch (unit) {
            case "us" -> Duration.ofNanos(n * 1000);
            case "ms" -> Duration.ofMillis(n);
            case "s" -> Duration.ofSeconds(n);
            case "m" -> Duration.ofMinutes(n);
            case "h" -> Duration.ofHours(n);
            default -> Duration.ofDays(n);
        };
        result.put(option, Durations.format(duration), place);
    }
}
