package dev.hacp.leader.channel;

import dev.hacp.core.Journal;
import dev.hacp.core.NodeName;
import dev.hacp.leader.kube.MemberLeases.MemberLease;
import dev.hacp.leader.kube.MemberSettings;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// Compares the members' settings with this agent's, and tells each difference once.
final class MemberDifferences {

    private final NodeName self;
    private final MemberSettings settings;
    private final Journal journal;
    private Map<NodeName, Difference> told = Map.of();

    MemberDifferences(NodeName self, MemberSettings settings, Journal journal) {
        this.self = self;
        this.settings = settings;
        this.journal = journal;
    }

    Difference of(MemberLease member) {
        return member.node().equals(self) ? Difference.NONE : Difference.of(settings, member.settings());
    }

    /// Those that count now.
    void tell(Collection<Member> members) {
        Map<NodeName, Difference> now = new HashMap<>();
        for (Member member : members) {
            Difference difference = member.difference();
            Difference before = told.getOrDefault(member.node(), Difference.NONE);
            now.put(member.node(), difference);
            if (!difference.equals(before)) {
                tell(member.node(), difference);
            }
        }
        told = now;
    }

    private void tell(NodeName member, Difference difference) {
        if (difference.isNone()) {
            journal.record(Journal.Kind.MEMBER, "the member's configuration matches this node's again", "member",
                    member);
        } else if (difference.unable().isEmpty()) {
            journal.record(Journal.Kind.MEMBER_SKEW, "a member has different timers or a different version", "member",
                    member,
                    "differs", difference);
        } else {
            journal.record(Journal.Kind.MEMBER_DIFFERS,
                    "a member is configured differently: it could not own this node's VIPs", "member", member,
                    "differs", difference);
        }
    }
}
