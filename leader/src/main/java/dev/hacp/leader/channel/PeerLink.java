package dev.hacp.leader.channel;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.leader.members.MemberChannel.Loss;
import java.util.Collection;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The one connection to a member of the directory other than this one, and what is done to have it. Lives on the channel's
/// event loop.
final class PeerLink implements Dialer.Target {

    /// Told how the peer was lost.
    interface Losses {

        void lost(NodeName peer, Loss loss);
    }

    private final NodeName self;
    private final Supplier<? extends Collection<ClientConnection>> ownClients;
    private final Losses losses;
    private final Dialer dialer;
    private Member member;
    private @Nullable MemberConnection live;
    private boolean left;
    private boolean refusedTold;

    PeerLink(NodeName self, Member member, Wiring wiring,
            Supplier<? extends Collection<ClientConnection>> ownClients, Losses losses) {
        this.self = self;
        this.member = member;
        this.ownClients = ownClients;
        this.losses = losses;
        boolean weDial = self.compareTo(member.node()) < 0;
        this.dialer = weDial ? wiring.dialer(this, begun -> {}) : wiring.knocker(this);
    }

    NodeName node() {
        return member.node();
    }

    /// Whether it is a member; else it was one, and is again once it connects.
    boolean counts() {
        return member.counts();
    }

    Difference difference() {
        return member.difference();
    }

    /// Null while there is none.
    @Nullable
    MemberConnection live() {
        return live;
    }

    /// The directory describes it like this now.
    void update(Member now) {
        boolean other = !now.equals(member);
        if (!now.fingerprint().equals(member.fingerprint()) && live != null) {
            // A new process of that node: the old one's connection is worth nothing.
            live.close();
        }
        member = now;
        if (other || live == null) {
            dialer.now();
        }
    }

    /// @return whether it is the connection to keep
    boolean accept(MemberConnection connection) {
        MemberConnection old = live;
        if (old != null) {
            NodeName lower = self.compareTo(node()) < 0 ? self : node();
            if (old.initiator().equals(lower) && !connection.initiator().equals(lower)) {
                return false;
            }
        }
        live = connection;
        if (old != null) {
            old.close();
        }
        left = false;
        refusedTold = false;
        connection.sendSnapshot(ownClients.get());
        return true;
    }

    /// It has said goodbye.
    void leaves() {
        left = true;
        MemberConnection open = live;
        live = null;
        losses.lost(node(), Loss.LEFT);
        if (open != null) {
            open.close();
        }
    }

    void broken() {
        live = null;
        losses.lost(node(), Loss.BROKEN);
        dialer.now();
    }

    /// This agent leaves.
    void sayGoodbye() {
        dialer.stop();
        if (live != null) {
            live.send(new Frame.Goodbye());
        }
    }

    /// It is no longer a member.
    void end() {
        dialer.stop();
        if (live != null) {
            live.close();
        }
    }

    @Override
    public HostPort address() {
        return member.address();
    }

    @Override
    public boolean wanted() {
        return live == null;
    }

    @Override
    public void refused() {
        if (live == null && !left && !refusedTold) {
            refusedTold = true;
            losses.lost(node(), Loss.REFUSED);
        }
    }
}
