package dev.hacp.agent.status;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything an agent tells about itself at one moment; its JSON is the body of `/status`. Instants are ISO 8601 in UTC,
/// what is not known is null.
///
/// @param role    `leader` or `follower`
/// @param leader  who owns the VIP as far as this node knows
/// @param since   when this ownership began
/// @param waiting why this agent is not ready
/// @param moves   the last takeovers and stand-downs, oldest first
public record AgentStatus(String node, String version, String role, @Nullable String leader, @Nullable Long term,
        @Nullable String since, @Nullable String waiting, Connections connections, @Nullable Lease lease,
        @Nullable Detector detector,
        List<Vip> vips, List<Backend> backends, List<Member> members, List<Move> moves, List<Happening> timeline) {

    private static final ObjectMapper JSON = new ObjectMapper();

    public AgentStatus {
        vips = List.copyOf(vips);
        backends = List.copyOf(backends);
        members = List.copyOf(members);
        moves = List.copyOf(moves);
        timeline = List.copyOf(timeline);
    }

    public record Connections(int current, long total) {}

    /// @param renewMsAgo since the last renewal seen
    /// @param deadlineMs how long the owner may act unless it renews
    /// @param majority   of an owner: whether a majority of the members backs it just now
    public record Lease(@Nullable String holder, @Nullable Long renewMsAgo, @Nullable Long deadlineMs,
            @Nullable Boolean majority) {}

    /// How well this node can judge the other members.
    ///
    /// @param realTime   whether the thread that probes their machines has real-time scheduling
    /// @param latenessMs how late the election's thread has run lately
    public record Detector(boolean realTime, long latenessMs) {}

    /// @param held     the kernel of this node has the address
    /// @param steering connections to it reach this node's balancer
    /// @param conflict hardware address of another machine that claims it
    /// @param connections of clients that dialled it
    public record Vip(String address, @JsonProperty("interface") String interfaceName, boolean held, boolean steering,
            @Nullable String lastAnnounced, @Nullable String conflict, Connections connections) {}

    /// @param state `up`, `drain` or `down`
    /// @param admin `ready`, `drain` or `maint`
    /// @param since when it came into this state
    public record Backend(String address, String state, String admin, String reason, String since, int connections,
            long total, @Nullable Check lastCheck) {}

    /// @param code HTTP status; 0 when no answer came
    public record Check(String result, int code, double durationMs) {}

    /// What a member's kernel answers, whether or not its agent runs.
    ///
    /// @param state  `answering`, `late`, `silent`, or `unproven` while it has never answered
    /// @param method `icmp` or `syn`; null while it is not asked
    /// @param rttMs  of the newest answer
    public record Machine(String state, @Nullable String method, @Nullable Double rttMs) {}

    /// @param machine the member's kernel, by probes
    /// @param reachable whether its agent's heartbeats come
    /// @param rttMs   between the agents
    /// @param latenessMs how late its election has run lately, by its own word
    /// @param follows whom it says it takes for the owner: itself when it owns
    /// @param differs how its configuration differs from this node's; empty when it does not, or is not known
    public record Member(String node, @Nullable String address, Machine machine, boolean reachable,
            @Nullable Double rttMs,
            @Nullable String follows, @Nullable Long heardMsAgo, long latenessMs, String reason,
            String differs) {}

    /// @param gapMs at most how long nobody answered for the VIP: from the last word of the previous owner to the
    ///              announcement; null when no owner was heard before
    public record Move(String at, String kind, String cause, @Nullable Long gapMs) {}

    public record Happening(String at, String kind, String message, Map<String, String> keys) {

        public Happening {
            keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
        }
    }

    /// The same with no more than the newest so many of the timeline.
    public AgentStatus withNewest(int happenings) {
        return new AgentStatus(node, version, role, leader, term, since, waiting, connections, lease, detector, vips,
                backends,
                members, moves, timeline.subList(Math.max(0, timeline.size() - happenings), timeline.size()));
    }

    public String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("writing the status as JSON", e);
        }
    }
}
