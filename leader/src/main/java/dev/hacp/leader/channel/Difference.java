package dev.hacp.leader.channel;

import dev.hacp.core.IpAddresses;
import dev.hacp.leader.kube.MemberSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// How another member's settings differ from this one's.
///
/// @param unable why it could not own what this member owns: other VIPs, another port; empty when it could
/// @param skew   what else differs: timers, version; empty when nothing does
public record Difference(String unable, String skew) {

    public static final Difference NONE = new Difference("", "");

    /// @param theirs empty: not known, which is no difference
    public static Difference of(MemberSettings ours, Optional<MemberSettings> theirs) {
        return theirs.map(known -> compare(ours, known)).orElse(NONE);
    }

    private static Difference compare(MemberSettings ours, MemberSettings theirs) {
        List<String> unable = new ArrayList<>();
        List<String> skew = new ArrayList<>();
        if (!ours.vips().equals(theirs.vips())) {
            // A name may stand for the very addresses that the other one lists.
            (isLiteral(ours) && isLiteral(theirs) ? unable : skew).add("vip "
                    + String.join(",", theirs.vips()) + " (here " + String.join(",", ours.vips()) + ")");
        }
        if (ours.port() != theirs.port()) {
            unable.add("port " + theirs.port() + " (here " + ours.port() + ")");
        }
        new TreeMap<>(ours.timers()).forEach((name, here) -> {
            String there = theirs.timers().getOrDefault(name, here);
            if (!there.equals(here)) {
                skew.add(name + " " + there + " (here " + here + ")");
            }
        });
        if (!theirs.version().isEmpty() && !theirs.version().equals(ours.version())) {
            skew.add("version " + theirs.version() + " (here " + ours.version() + ")");
        }
        return new Difference(String.join(", ", unable), String.join(", ", skew));
    }

    private static boolean isLiteral(MemberSettings settings) {
        return settings.vips().stream().allMatch(vip -> IpAddresses.parse(vip).isPresent());
    }

    public boolean isNone() {
        return unable.isEmpty() && skew.isEmpty();
    }

    /// Both together.
    @Override
    public String toString() {
        return unable + (unable.isEmpty() || skew.isEmpty() ? "" : ", ") + skew;
    }
}
