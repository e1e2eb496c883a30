package dev.hacp.agent.metrics;

import dev.hacp.agent.metrics.Metric.Group;
import java.util.ArrayList;
import java.util.List;

/// Every metric there is, in the order of the documentation.
final class Metrics {

    private static final List<Metric> TABLE = new ArrayList<>();

    static final Metric BUILD = of(Group.AGENT, "hacp_build_info", Metric.Type.INFO,
            "Always 1; the label is the version.",
            "version");
    static final Metric READY = gauge(Group.AGENT, "hacp_ready", "1 when this node could serve the VIP now (/readyz).");
    static final Metric EVENTS_PUBLISHED = counter(Group.AGENT, "hacp_events_published_total",
            "Kubernetes Events written.");
    static final Metric EVENTS_DROPPED = counter(Group.AGENT, "hacp_events_dropped_total",
            "Kubernetes Events that could not be written.");
    static final Metric CLIENT_CERTIFICATE = gauge(Group.AGENT, "hacp_client_certificate_expiry_timestamp_seconds",
            "When the client certificate shown to the Kubernetes API expires; absent with a token.");
    static final Metric HEAP = gauge(Group.AGENT, "hacp_jvm_heap_used_bytes", "Heap in use.");
    static final Metric THREADS = gauge(Group.AGENT, "hacp_jvm_threads", "Live platform threads.");
    static final Metric RESIDENT = gauge(Group.AGENT, "process_resident_memory_bytes", "Resident memory.");
    static final Metric OPEN_FILES = gauge(Group.AGENT, "process_open_fds", "Open file descriptors.");
    static final Metric MOST_FILES = gauge(Group.AGENT, "process_max_fds", "Limit of open file descriptors.");
    static final Metric CPU = counter(Group.AGENT, "process_cpu_seconds_total", "CPU time used, user and system.");
    static final Metric STARTED = gauge(Group.AGENT, "process_start_time_seconds", "When the process began.");

    static final Metric LEADER = gauge(Group.ELECTION, "hacp_leader", "1 on the node that owns the VIP.");
    static final Metric KNOWN_LEADER = gauge(Group.ELECTION, "hacp_leader_known",
            "1 for the node that owns the VIP as far as this node knows; absent while nobody does.", "leader");
    static final Metric ROLE = gauge(Group.ELECTION, "hacp_role",
            "1 for the role this node is in: follower, candidate, provisional (owner by vote), owner, standing_down.",
            "role");
    static final Metric TERM = gauge(Group.ELECTION, "hacp_lease_term",
            "Transitions of the Lease when its holder took it; absent while unknown.");
    static final Metric OWNED = gauge(Group.ELECTION, "hacp_owned_seconds",
            "How long this node has been the owner; 0 when it is not.");
    static final Metric REMAINING = gauge(Group.ELECTION, "hacp_lease_remaining_seconds",
            "How long this node may act as owner without renewal; 0 when it is not the owner.");
    static final Metric RENEWED = gauge(Group.ELECTION, "hacp_lease_renewed_ago_seconds",
            "Time since this node saw the Lease change; absent before it ever did.");
    static final Metric BY_MAJORITY = gauge(Group.ELECTION, "hacp_held_by_majority",
            "1 while the VIP is kept on a majority's attestation because no API server can renew the Lease.");
    static final Metric BACKED = gauge(Group.ELECTION, "hacp_backed",
            "1 while a majority of the members attests to this node as owner.");
    static final Metric API_REACHABLE = gauge(Group.ELECTION, "hacp_lease_api_reachable",
            "1 when the last call to the Lease API had a usable answer.");
    static final Metric FIT = gauge(Group.ELECTION, "hacp_fit", "1 while this node could own the VIP.");
    static final Metric LEADER_CHANGES = counter(Group.ELECTION, "hacp_leader_changes_total",
            "Changes of the holder that this node has seen in the Lease.");
    static final Metric TAKEOVERS = counter(Group.ELECTION, "hacp_takeovers_total",
            "Times this node became the owner, by the Lease or, before it was written, by vote.", "ground");
    static final Metric TAKEOVER_LAST = gauge(Group.ELECTION, "hacp_takeover_last_seconds",
            "Duration of the last takeover, from election to VIP announced.");
    static final Metric STAND_DOWNS = counter(Group.ELECTION, "hacp_stand_downs_total",
            "Times this node gave up the VIP.", "reason");
    static final Metric RENEWALS = counter(Group.ELECTION, "hacp_lease_renewals_total",
            "Successful renewals of the Lease.");
    static final Metric RENEW_SUM = counter(Group.ELECTION, "hacp_lease_renew_seconds_total",
            "Time spent in successful renewals.");
    static final Metric RENEW_LAST = gauge(Group.ELECTION, "hacp_lease_renew_last_seconds",
            "Latency of the last renewal.");
    static final Metric RENEW_MAX = gauge(Group.ELECTION, "hacp_lease_renew_max_seconds",
            "Longest latency of a renewal since the start.");
    static final Metric LEASE_CONFLICTS = counter(Group.ELECTION, "hacp_lease_conflicts_total",
            "Writes of the Lease that lost to another member's.");
    static final Metric LEASE_FAILURES = counter(Group.ELECTION, "hacp_lease_failures_total",
            "Calls to the Lease API without a usable answer.");
    static final Metric PAUSES = counter(Group.ELECTION, "hacp_pauses_total",
            "Times this process was paused for longer than --peer-timeout.");
    static final Metric PAUSE_MAX = gauge(Group.ELECTION, "hacp_pause_max_seconds", "The longest of those.");
    static final Metric LATENESS = gauge(Group.ELECTION, "hacp_election_lateness_seconds",
            "How late the election's thread has run lately; the members wait longer for a silent agent while they are"
                    + " late themselves.");

    static final Metric MEMBERS = gauge(Group.MEMBERS, "hacp_members", "Members that count, this node included.");
    static final Metric QUORUM = gauge(Group.MEMBERS, "hacp_members_quorum", "How many of them are a majority.");
    static final Metric HEARD = gauge(Group.MEMBERS, "hacp_members_heard",
            "Members whose heartbeats arrive, this node included.");
    static final Metric NAME_TAKEN = gauge(Group.MEMBERS, "hacp_name_taken",
            "1 while another agent that is alive has this node's name: this one stays out of the election.");
    static final Metric SKEWED = gauge(Group.MEMBERS, "hacp_members_skewed",
            "Members whose VIPs, port, timers or version differ from this node's.");
    static final Metric UNABLE = gauge(Group.MEMBERS, "hacp_members_unable",
            "Those of them that could not own this node's VIPs: other VIPs, another port.");
    static final Metric BEATS_SENT = counter(Group.MEMBERS, "hacp_heartbeats_sent_total", "Heartbeats sent.");
    static final Metric BEATS_RECEIVED = counter(Group.MEMBERS, "hacp_heartbeats_received_total",
            "Heartbeats received.");
    static final Metric UNAUTHENTICATED = gauge(Group.MEMBERS, "hacp_member_connections_unauthenticated",
            "Connections to the member port that have not authenticated yet.");
    static final Metric REJECTED = counter(Group.MEMBERS, "hacp_member_connections_rejected_total",
            "Connections to the member port reset before TLS: too many not yet authenticated, of one source, of all"
                    + " strangers, or from a member's address (source, strangers, member).",
            "reason");
    static final Metric PEER_CONNECTED = gauge(Group.MEMBERS, "hacp_peer_connected",
            "1 while there is a connection to the member.", "peer");
    static final Metric PEER_ROUND_TRIP = gauge(Group.MEMBERS, "hacp_peer_round_trip_seconds",
            "Last round trip to the member; absent before the first.", "peer");
    static final Metric PEER_CLIENTS = gauge(Group.MEMBERS, "hacp_peer_clients",
            "Client connections reported by the member.", "peer");
    static final Metric PEER_HEARD = gauge(Group.MEMBERS, "hacp_peer_heard",
            "1 while the member's heartbeats arrive.", "peer");
    static final Metric PEER_FIT = gauge(Group.MEMBERS, "hacp_peer_fit",
            "1 while the member says that it could own the VIP.", "peer");
    static final Metric PEER_KERNEL = gauge(Group.MEMBERS, "hacp_peer_kernel",
            "1 for what probes say of the member's machine: answering, late, silent, or unproven while it has never"
                    + " answered one.",
            "peer", "state");
    static final Metric PEER_PROBE_ROUND_TRIP = gauge(Group.MEMBERS, "hacp_peer_probe_round_trip_seconds",
            "Round trip of the newest probe that the member's kernel answered; absent before the first.", "peer");
    static final Metric PEER_PROBES_SENT = counter(Group.MEMBERS, "hacp_peer_probes_sent_total",
            "Probes of the member's kernel sent, by ICMP echo or TCP SYN.", "peer");
    static final Metric PEER_PROBES_ANSWERED = counter(Group.MEMBERS, "hacp_peer_probes_answered_total",
            "Those of them that were answered.", "peer");
    static final Metric PROBE_REAL_TIME = gauge(Group.MEMBERS, "hacp_probe_real_time",
            "1 when the thread that probes the members has real-time scheduling.");

    static final Metric VIP_HELD = gauge(Group.ADDRESS, "hacp_vip_held",
            "1 while this node's kernel has the address (read back).", "vip");
    static final Metric VIP_CONFLICT = gauge(Group.ADDRESS, "hacp_vip_conflict",
            "1 while another machine claims the address, or did within the last minute; its hardware address.", "vip",
            "mac");
    static final Metric VIP_ACTIVE = gauge(Group.ADDRESS, "hacp_vip_connections_active",
            "Client connections to the address now.", "vip");
    static final Metric VIP_CONNECTIONS = counter(Group.ADDRESS, "hacp_vip_connections_total",
            "Client connections to the address accepted.", "vip");
    static final Metric VIP_RECEIVED = counter(Group.ADDRESS, "hacp_vip_received_bytes_total",
            "Bytes from clients of the address; absent until the first connection.", "vip");
    static final Metric VIP_SENT = counter(Group.ADDRESS, "hacp_vip_sent_bytes_total",
            "Bytes to clients of the address; absent until the first connection.", "vip");
    static final Metric VIP_ABLE = gauge(Group.ADDRESS, "hacp_vip_able",
            "1 while the interface can hold the address.");
    static final Metric ANNOUNCEMENTS = counter(Group.ADDRESS, "hacp_vip_announcements_total",
            "Announcements sent: gratuitous ARP and unsolicited neighbour advertisements.");
    static final Metric ANNOUNCE_FAILURES = counter(Group.ADDRESS, "hacp_vip_announce_failures_total",
            "Announcements that could not be sent.");
    static final Metric CONFLICTS = counter(Group.ADDRESS, "hacp_vip_conflicts_total",
            "Frames in which another machine claimed the address.");
    static final Metric DEFENCES = counter(Group.ADDRESS, "hacp_vip_defences_total",
            "Announcements sent against such a claim.");
    static final Metric REPAIRS = counter(Group.ADDRESS, "hacp_vip_repairs_total",
            "Times the held address was removed from outside and added again.");
    static final Metric PUTS = counter(Group.ADDRESS, "hacp_vip_puts_total",
            "Addresses added to the interface: takeovers and repairs.");
    static final Metric REMOVES = counter(Group.ADDRESS, "hacp_vip_removes_total",
            "Addresses removed from the interface.");
    static final Metric REARM_DELAY = of(Group.ADDRESS, "hacp_vip_rearm_delay_seconds", Metric.Type.HISTOGRAM,
            "How late the rounds were that renew the address's lifetime in the kernel.");
    static final Metric WAKE_SENT = counter(Group.ADDRESS, "hacp_wake_segments_sent_total",
            "Segments that woke idle clients of an earlier owner.");
    static final Metric WAKE_FAILED = counter(Group.ADDRESS, "hacp_wake_segments_failed_total",
            "Such segments that could not be sent.");

    static final Metric CONNECTIONS_ACTIVE = gauge(Group.CLIENTS, "hacp_connections_active", "Client connections now.");
    static final Metric CONNECTIONS_LIMIT = gauge(Group.CLIENTS, "hacp_connections_limit",
            "Maximum concurrent client connections; 0 means unlimited.");
    static final Metric CONNECTIONS = counter(Group.CLIENTS, "hacp_connections_total", "Client connections accepted.");
    static final Metric CLIENTS_RECEIVED = counter(Group.CLIENTS, "hacp_received_bytes_total", "Bytes from clients.");
    static final Metric CLIENTS_SENT = counter(Group.CLIENTS, "hacp_sent_bytes_total", "Bytes to clients.");
    static final Metric REFUSED = counter(Group.CLIENTS, "hacp_connections_refused_total",
            "Clients refused.", "reason");
    static final Metric ENDED = counter(Group.CLIENTS, "hacp_connections_ended_total", "Why connections ended.",
            "ending");
    static final Metric FAULTS = counter(Group.CLIENTS, "hacp_relay_faults_total",
            "Internal errors that cost a connection: please report them.");
    static final Metric LOOP_DELAY = gauge(Group.CLIENTS, "hacp_event_loop_delay_seconds",
            "How late the event loop's last one-second timer was.", "loop");
    static final Metric LISTENING = gauge(Group.CLIENTS, "hacp_frontend_listening",
            "1 for each address that the balancer listens on.", "frontend");

    static final Metric STATE = gauge(Group.BACKENDS, "hacp_backend_state",
            "1 for the state the backend is in: up, drain, down.", "backend", "state");
    static final Metric STATE_TIME = counter(Group.BACKENDS, "hacp_backend_state_seconds_total",
            "Time spent in each state.", "backend", "state");
    static final Metric TRANSITIONS = counter(Group.BACKENDS, "hacp_backend_transitions_total", "Changes of state.",
            "backend");
    static final Metric SHARE = gauge(Group.BACKENDS, "hacp_backend_share_ratio",
            "How much of its weight is in effect; below 1 during slow start.", "backend");
    static final Metric B_ACTIVE = gauge(Group.BACKENDS, "hacp_backend_connections_active",
            "Connections to the backend now.", "backend");
    static final Metric B_CONNECTIONS = counter(Group.BACKENDS, "hacp_backend_connections_total",
            "Connections established.", "backend");
    static final Metric RECEIVED = counter(Group.BACKENDS, "hacp_backend_received_bytes_total",
            "Bytes from the backend to clients.", "backend");
    static final Metric SENT = counter(Group.BACKENDS, "hacp_backend_sent_bytes_total",
            "Bytes from clients to the backend.", "backend");
    static final Metric CONNECT_TIME = of(Group.BACKENDS, "hacp_backend_connect_seconds", Metric.Type.HISTOGRAM,
            "How long connects took.", "backend");
    static final Metric CONNECT_ERRORS = counter(Group.BACKENDS, "hacp_backend_connect_errors_total",
            "Connects that failed.", "backend");
    static final Metric SHORTAGES = counter(Group.BACKENDS, "hacp_backend_connect_shortages_total",
            "Connects for which this host lacked something: a source port, a file, memory. Not counted as failed.",
            "backend");
    static final Metric RETRIES = counter(Group.BACKENDS, "hacp_backend_retries_total",
            "Connections retried here after another backend failed.", "backend");
    static final Metric RESETS = counter(Group.BACKENDS, "hacp_backend_resets_total",
            "Connections that the backend reset.", "backend");
    static final Metric EARLY_RESETS = counter(Group.BACKENDS, "hacp_backend_early_resets_total",
            "Connections that the backend ended before its first byte.", "backend");

    static final Metric CHECK_RESULT = gauge(Group.CHECKS, "hacp_backend_check_result",
            "1 for what the last check found: ready, readiness_unknown, not_ready, unverified, dead.", "backend",
            "result");
    static final Metric CHECK_CODE = gauge(Group.CHECKS, "hacp_backend_check_code",
            "HTTP status of the last check; 0 when no answer came.", "backend");
    static final Metric CHECK_DURATION = gauge(Group.CHECKS, "hacp_backend_check_duration_seconds",
            "How long the last check took.", "backend");
    static final Metric CHECKS = counter(Group.CHECKS, "hacp_backend_checks_total", "Checks completed.", "backend");
    static final Metric CHECK_FAILURES = counter(Group.CHECKS, "hacp_backend_check_failures_total",
            "Checks that failed.", "backend");
    static final Metric CHECK_FAILING = gauge(Group.CHECKS, "hacp_backend_check_failures_in_a_row",
            "Failed checks since the last passed one.", "backend");
    static final Metric CHECK_TRANSITIONS = counter(Group.CHECKS, "hacp_backend_check_transitions_total",
            "Changes of what the checks decided.", "backend");
    static final Metric INCONCLUSIVE = counter(Group.CHECKS, "hacp_backend_checks_inconclusive_total",
            "Checks not counted because this host was at fault: it was paused, or lacked a port, a file or memory.",
            "backend");
    static final Metric READINESS_UNKNOWN = gauge(Group.CHECKS, "hacp_backend_readiness_unknown",
            "1 while the backend is alive but refuses the readiness check.", "backend");
    static final Metric VERIFIED = gauge(Group.CHECKS, "hacp_backend_certificate_verified",
            "1 when the last check verified the backend's certificate against the cluster's CA.", "backend");
    static final Metric CERTIFICATE = gauge(Group.CHECKS, "hacp_backend_certificate_expiry_timestamp_seconds",
            "When the backend's certificate expires; absent before it was seen.", "backend");

    public static final List<Metric> ALL = List.copyOf(TABLE);

    private Metrics() {}

    private static Metric gauge(Group group, String name, String help, String... labels) {
        return of(group, name, Metric.Type.GAUGE, help, labels);
    }

    private static Metric counter(Group group, String name, String help, String... labels) {
        return of(group, name, Metric.Type.COUNTER, help, labels);
    }

    private static Metric of(Group group, String name, Metric.Type type, String help, String... labels) {
        Metric metric = new Metric(group, name, type, List.of(labels), help);
        TABLE.add(metric);
        return metric;
    }
}
